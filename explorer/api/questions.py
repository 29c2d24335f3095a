"""Routes for queries on an embedding."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from explorer import answers
from explorer.answers import Filter
from explorer.api import arrow
from explorer.api.library import Library
from explorer.core.embedding import Embedding
from explorer.core.recommend import Steer

COLUMNS, ITEMS, VECTORS = 20, 1000, 100  # most columns, items and vectors in a request
Name = Annotated[str, Path(description="A name that GET /artifacts returns")]
Key = Annotated[str, Query(min_length=1, description="An item, by its key, or by its title if only one has it")]
Count = Annotated[int, Query(ge=1, le=answers.MOST, description="How many items")]
Metric = Annotated[str, Query(description="cosine, dot or euclidean")]
Where = Annotated[str, Query(max_length=10_000, description="An SQL condition on the columns, as `price < 20`")]
MinRatings = Annotated[float, Query(ge=0, allow_inf_nan=False, description="Least popularity")]
Without = Annotated[
    list[str], Query(max_length=COLUMNS, description="Columns, or COLUMN=VALUE, removed from the vectors")
]


class Body(BaseModel):
    """A request body; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Among(Body):
    """Number of results, and filters."""

    k: int = Field(10, ge=1, le=answers.MOST)
    where: str = Field("", max_length=10_000)
    min_ratings: float = Field(0, ge=0)
    without: list[str] = Field([], max_length=COLUMNS)

    @property
    def filter(self) -> Filter:
        """The filters as answers.Filter."""
        return Filter(self.where, self.min_ratings, self.without)


class Analogy(Among):
    """Items added and items subtracted."""

    positive: list[str] = Field([], max_length=ITEMS)
    negative: list[str] = Field([], max_length=ITEMS)


class Search(Among):
    """One or more query vectors of the embedding's dimension."""

    vector: list[float] | None = None
    vectors: list[list[float]] | None = Field(None, max_length=VECTORS)
    metric: str = "cosine"


class Steering(Body):
    """More of a column's values, or less if amount is negative. value: of a category or labels column."""

    column: str
    amount: float = 1.0
    value: str | None = None


class Taste(Among):
    """Ratings, or likes (each counts as the highest rating), and options of the recommendation."""

    ratings: dict[str, float] = Field({}, max_length=ITEMS)
    likes: list[str] = Field([], max_length=ITEMS)
    rejected: list[str] = Field([], max_length=ITEMS)
    order: str | None = None
    popularity: float = 1.0
    steer: list[Steering] = Field([], max_length=COLUMNS)


class Items(BaseModel):
    """The query and its results, best first: `key`, `score` and the columns of the item."""

    model_config = ConfigDict(extra="allow")
    artifact: str
    results: list[dict[str, Any]]


class Answers(BaseModel):
    """Results for each vector, in order."""

    answers: list[Items]


def routes(library: Library) -> APIRouter:
    """Routes for queries."""
    router = APIRouter()
    items: dict[int | str, dict[str, Any]] = {200: {"model": Items}}

    @router.get("/artifacts", summary="All artifacts")
    async def list_artifacts() -> dict[str, list[dict[str, Any]]]:
        return {"artifacts": await library.compute(answers.summaries)}

    @router.get("/artifacts/{name}", summary="Schema and manifest of an artifact")
    async def describe(name: Name) -> dict[str, Any]:
        return await library.compute(lambda: answers.describe(library.embedding(name)))

    @router.get("/artifacts/{name}/items", summary="A page of items, or those that a search finds", responses=items)
    async def list_items(
        name: Name,
        search: Annotated[str, Query(max_length=1000, description="Words of titles, keys or ids")] = "",
        where: Where = "",
        limit: Count = 100,
        after: Annotated[str | None, Query(description="`next` of the page before")] = None,
    ) -> Response:
        return _json(await library.compute(lambda: answers.items(library.embedding(name), search, where, limit, after)))

    @router.get("/artifacts/{name}/items/{key:path}", summary="The columns and the vector of an item")
    async def item(name: Name, key: str) -> dict[str, Any]:
        return await library.compute(lambda: answers.item(library.embedding(name), key))

    @router.get("/artifacts/{name}/neighbors", summary="The items nearest to one", responses=items)
    async def neighbors(
        name: Name,
        key: Key,
        k: Count = 10,
        metric: Metric = "cosine",
        where: Where = "",
        min_ratings: MinRatings = 0,
        without: Without = [],  # noqa: B006
    ) -> Response:
        text = await library.neighbors(name, key, k, metric, Filter(where, min_ratings, without))
        return Response(text, media_type="application/json")

    @router.get("/artifacts/{name}/between", summary="The items between two", responses=items)
    async def between(
        name: Name,
        a: Key,
        b: Key,
        at: Annotated[float, Query(ge=0, le=1, description="0 is a, 1 is b")] = 0.5,
        k: Count = 10,
        where: Where = "",
        min_ratings: MinRatings = 0,
        without: Without = [],  # noqa: B006
    ) -> Response:
        among = Filter(where, min_ratings, without)
        return _json(
            await library.compute(lambda: answers.between(library.embedding(name), a, b, k, at, among).document)
        )

    @router.get("/artifacts/{name}/factors", summary="The directions in which the best-known items differ most")
    async def factors(
        name: Name,
        n: Annotated[int, Query(ge=2, le=100_000, description="How many of the best-known items")] = 1000,
        n_factors: Annotated[int, Query(ge=1, le=100, description="How many factors")] = 10,
        k: Annotated[int, Query(ge=1, le=100, description="How many items at each end")] = 5,
        where: Where = "",
    ) -> dict[str, Any]:
        return await library.compute(lambda: answers.factors(library.embedding(name), n, n_factors, k, where))

    @router.post("/artifacts/{name}/analogy", summary="The items nearest to a sum of items", responses=items)
    async def analogy(name: Name, asked: Analogy) -> Response:
        def document() -> dict[str, Any]:
            embedding = library.embedding(name)
            return answers.analogy(embedding, asked.positive, asked.negative, asked.k, asked.filter).document

        return _json(await library.compute(document))

    @router.post(
        "/artifacts/{name}/search",
        summary="The items nearest to a vector, or to several",
        responses={200: {"model": Answers}},
    )
    async def search(name: Name, asked: Search) -> Response:
        given = [*([asked.vector] if asked.vector is not None else []), *(asked.vectors or [])]

        def document() -> dict[str, Any]:
            embedding = library.embedding(name)
            found = answers.nearest(embedding, given, asked.k, asked.metric, asked.filter)
            return {"answers": [answer.document for answer in found]}

        return _json(await library.compute(document))

    @router.post(
        "/artifacts/{name}/recommend",
        summary="Recommendations with reasons, from a few ratings or likes",
        responses=items,
    )
    async def recommend(name: Name, asked: Taste) -> Response:
        return _json(await library.compute(lambda: _recommended(library.embedding(name), asked)))

    @router.get(
        "/artifacts/{name}/layouts/{method}",
        summary="A layout as an Arrow stream: key, x, y and, in space, z",
        response_class=Response,
        responses={200: {"content": {arrow.MEDIA_TYPE: {}}}},
    )
    async def layout(name: Name, method: str) -> Response:
        found = await library.compute(lambda: arrow.layout_stream(library.embedding(name), method))
        return Response(found, media_type=arrow.MEDIA_TYPE)

    @router.get(
        "/artifacts/{name}/vectors",
        summary="All vectors as an Arrow stream: key, vector",
        response_class=StreamingResponse,
        responses={200: {"content": {arrow.MEDIA_TYPE: {}}}},
    )
    async def vectors(name: Name) -> StreamingResponse:
        embedding = await library.compute(lambda: library.embedding(name))
        return StreamingResponse(arrow.vector_stream(embedding), media_type=arrow.MEDIA_TYPE)

    return router


def _recommended(embedding: Embedding, asked: Taste) -> dict[str, Any]:
    steer = [Steer(part.column, part.amount, part.value) for part in asked.steer]
    return answers.recommend(
        embedding,
        list(asked.ratings.items()),
        asked.k,
        asked.order,
        asked.popularity,
        steer,
        asked.rejected,
        asked.filter,
        asked.likes,
    )


def _json(document: Any) -> Response:
    return Response(json.dumps(document, ensure_ascii=False, allow_nan=False), media_type="application/json")
