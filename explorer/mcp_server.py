"""Tools for agents, by the Model Context Protocol: the same answers as the command line."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

from explorer import answers, artifacts
from explorer.core.embedding import Embedding
from explorer.errors import ExplorerError, MissingExtra
from explorer.rights import Actor, Role, acting_as

if TYPE_CHECKING:
    from mcp.server import MCPServer

ABOUT = """Embeddings of items, such as products or songs: vectors in which similar items are near each other.
Call `list_artifacts` first, then `describe` for the columns and `search_items` for the exact keys of items.
Conditions (`where`) are SQL on the columns, as: price < 20 and list_contains(tags, 'new')."""
F = TypeVar("F", bound=Callable[..., Any])


@cache
def _embedding(name: str, digest: str) -> Embedding:
    return artifacts.load(name)


def _load(name: str) -> Embedding:
    answers.check_listed(name)
    return _embedding(name, artifacts.digest(name))


def list_artifacts() -> list[dict[str, Any]]:
    """List the embeddings, with number of items, dimensions, model and dataset. Other tools need a name."""
    return answers.summaries()


def describe(artifact: str) -> dict[str, Any]:
    """Describe an embedding: its columns with kinds and roles, its layouts, and how it was trained.

    Use it before a condition (`where`) or a color, both of which need names of columns.
    """
    return answers.describe(_load(artifact))


def search_items(artifact: str, text: str, where: str = "", limit: int = 10) -> dict[str, Any]:
    """Find items by words of their title, key or ids, best match first; spelling errors are tolerated.

    Use it to get the exact key that other tools need, or to see which items fulfil a condition (text="", where=...).
    """
    return answers.items(_load(artifact), text, where, limit)


def neighbors(artifact: str, key: str, k: int = 10, metric: str = "cosine", where: str = "") -> dict[str, Any]:
    """Find the items most similar to one item, best first. Good for "what is like X?".

    metric: cosine (default), dot (favors popular items in many embeddings) or euclidean. where: only such items.
    """
    return answers.neighbors(_load(artifact), key, k, metric, answers.Filter(where)).document


def analogy(
    artifact: str, positive: list[str], negative: list[str] | None = None, k: int = 10, where: str = ""
) -> dict[str, Any]:
    """Find the items nearest to the sum of the positive items minus the negative ones.

    Good for "A is to B as C is to what?" (positive=[B, C], negative=[A]), for "like A and B" (no negative items), and
    for "like A, but not like B".
    """
    return answers.analogy(_load(artifact), positive, negative or [], k, answers.Filter(where)).document


def between(artifact: str, a: str, b: str, k: int = 10, at: float = 0.5) -> dict[str, Any]:
    """Find the items between two items a and b. Good for "what leads from X to Y?" and for gradual playlists.

    at: 0 is at a, 1 at b, 0.5 halfway.
    """
    return answers.between(_load(artifact), a, b, k, at).document


def factors(artifact: str, n_factors: int = 5, k: int = 5) -> dict[str, Any]:
    """Find the directions in which the items differ most, the items at both ends, and the columns that go with each.

    Good for "what does this embedding know?" and to name the main contrasts of a catalog.
    """
    return answers.factors(_load(artifact), n_factors=n_factors, k=k)


def recommend(
    artifact: str,
    ratings: dict[str, float] | None = None,
    likes: list[str] | None = None,
    k: int = 10,
    order: str | None = None,
    where: str = "",
) -> dict[str, Any]:
    """Recommend items to a person from a few ratings or liked items, each with the items that are the reason.

    ratings: key -> rating on the scale of the training data. likes: keys; each counts as the highest rating. order:
    likely (what they will like next), near (what is similar) or stars (highest predicted rating); by default the best
    that the ratings allow.
    """
    rated = list((ratings or {}).items())
    return answers.recommend(_load(artifact), rated, k, order, among=answers.Filter(where), likes=likes or [])


def compare(a: str, b: str, k: int = 10) -> dict[str, Any]:
    """Compare the neighbors of the same items in two embeddings: how often they agree, and where they differ.

    Good to choose between two models, or to see what a new training changed. k: neighbors compared per item.
    """
    from explorer.quality import reports
    from explorer.quality.comparison import compare_embeddings

    return reports.comparison(compare_embeddings(_load(a), _load(b), k))


def quality(artifact: str) -> dict[str, Any]:
    """Measure the quality of an embedding: geometry, hubs, duplicates, and agreement of neighbors with each column.

    Each figure comes with its normal range. Good to find out whether an embedding can be trusted, and what is wrong.
    """
    from explorer.quality.quality_card import quality as measured

    return measured(_load(artifact)).document()


def map_picture(artifact: str, layout: str = "", color: str = "", around: str = "") -> Any:
    """Draw the map of an embedding as a PNG, or the part around one item. Good to see clusters and outliers.

    layout, color: a layout and a column that `describe` names; by default the preferred ones. around: key of an item.
    """
    from mcp.server.mcpserver import Image

    from explorer.figures.picture import map_picture as drawn

    embedding = _load(artifact)
    return Image(data=drawn(embedding, layout or embedding.plane_name or "pca", color, around), format="png")


def start_training(kind: str, name: str, data: str = "made-up", model: str | None = None) -> dict[str, Any]:
    """Start to train a new embedding in the background; returns the id for `job`.

    kind: movielens, ratings, interactions, sequences, graph, categories or books. name: of the new embedding. data: a
    path below the server's data folder, or `made-up` for a small made-up data set.
    """
    from explorer.api.jobs import Training
    from explorer.api.jobs import start_training as start

    return start(Training.model_validate({"kind": kind, "name": name, "data": data, "model": model}))


def job(job_id: str) -> dict[str, Any]:
    """Report the state and progress of a training, and why it failed. Call it until the state is not `running`."""
    from explorer.api.jobs import job_document

    return job_document(job_id)


READING = (
    list_artifacts, describe, search_items, neighbors, analogy, between, factors, recommend, compare, quality,
    map_picture,
)  # fmt: skip
WRITING = (start_training, job)


def make_server(write: bool = False) -> MCPServer:
    """The server of the tools. write: whether agents may also train. Raises MissingExtra without the package mcp."""
    if find_spec("mcp") is None:
        raise MissingExtra("The server for agents", "mcp", "mcp")
    from mcp.server import MCPServer

    from explorer import __version__

    server = MCPServer("embedding-explorer", instructions=ABOUT, version=__version__)
    actor = Actor(Role.EDITOR if write else Role.VIEWER, "agent")
    for tool in (*READING, *(WRITING if write else ())):
        server.add_tool(_answering(tool, actor), structured_output=False)
    return server


def _answering(tool: F, actor: Actor) -> F:
    """The tool as somebody; errors of the library are answers that say what is wrong."""
    from mcp.server.mcpserver.exceptions import ToolError

    @wraps(tool)
    def answer(*args: Any, **given: Any) -> Any:
        try:
            with acting_as(actor):
                return tool(*args, **given)
        except ExplorerError as error:
            raise ToolError(str(error)) from error

    return answer  # type: ignore[return-value]
