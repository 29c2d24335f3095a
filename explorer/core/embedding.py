"""The `Embedding` class: read-only vectors, their items, and the queries on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from explorer.core.columns import Columns, Schema, read_schema
from explorer.core.likely import Likely
from explorer.core.network import Network
from explorer.core.remote_vectors import RemoteVectors
from explorer.core.search import METRICS, ExactIndex, NeighborIndex
from explorer.errors import BadData, BadRequest, UnknownItem

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

SHOWN_FIRST = ("tsne", "umap", "xy", "pca")  # methods of layouts; xy: the file's own


LARGEST = 2.0**50  # of a number in a vector: sums of squares over all dimensions stay within float32
NO_VECTORS = "the places on a map that came without vectors"  # what the manifest then says of the vectors


class Embedding:
    """Vectors and the items they belong to, validated once and never changed.

    vectors: (n, d), finite, the largest number from 2**-50 to 2**50 unless all are 0, kept as read-only float32, or
    RemoteVectors in a database. items: one row per vector in the same order, with a unique string column `key`; other
    columns are free.
    layouts: name -> (n, 2) or, in space, (n, 3) float32. users: (u, d + 1) float32, a vector and, last, a bias each.
    model: more arrays of the model that the vectors come from, by name; see recommend. manifest: where it all comes
    from. digest: changes whenever the artifact does, for caches. find: makes, at the first
    question, what looks for the nearest; without it every item is compared.
    Raises BadData when the parts do not belong together.

    >>> import pandas as pd
    >>> colors = Embedding([[1, 0], [0.8, 0.6], [0, 1]], pd.DataFrame({"key": ["red", "orange", "green"]}))
    >>> len(colors), colors.vectors.dtype
    (3, dtype('float32'))
    >>> colors.neighbors("red", k=2)[["key", "score"]].round(3)
          key  score
    0  orange    0.8
    1   green    0.0
    >>> colors.analogy(["red", "green"], k=1).key.tolist()
    ['orange']
    >>> colors.neighbors("rde")
    Traceback (most recent call last):
    explorer.errors.UnknownItem: There is no item 'rde' among the 3 of embedding. Did you mean: 'red'?
    """

    def __init__(
        self,
        vectors: np.ndarray | RemoteVectors,
        items: pd.DataFrame,
        manifest: Mapping[str, Any] | None = None,
        *,
        layouts: Mapping[str, np.ndarray] | None = None,
        users: np.ndarray | None = None,
        model: Mapping[str, np.ndarray] | None = None,
        digest: str = "",
        make_index: Callable[[ExactIndex], NeighborIndex] | None = None,
    ) -> None:
        # RemoteVectors were validated before they were published.
        self.vectors = cast(np.ndarray, vectors) if isinstance(vectors, RemoteVectors) else _validated(vectors, items)
        self.items = items.reset_index(drop=True)
        self.manifest = dict(manifest or {})
        self.layouts = {method: _readonly(xy) for method, xy in (layouts or {}).items()}
        self.users = None if users is None else _readonly(users)
        self.model = {name: _readonly(array) for name, array in (model or {}).items()}
        self.digest = digest
        self._make_index = make_index
        for method, xy in self.layouts.items():
            if xy.shape not in ((len(self), 2), (len(self), 3)):
                raise BadData(f"Layout {method!r} has shape {xy.shape}; {len(self):,} items need ({len(self)}, 2).")
            if not np.isfinite(xy).all():
                raise BadData(f"Layout {method!r} holds numbers that are not finite.")
        if self.users is not None and self.users.shape[1:] != (self.vectors.shape[1] + 1,):
            raise BadData(f"User vectors have shape {self.users.shape}; expected (users, {self.vectors.shape[1] + 1}).")

    def __len__(self) -> int:
        return len(self.vectors)

    def __contains__(self, key: object) -> bool:
        return key in self._index

    def __repr__(self) -> str:
        return f"<Embedding {self.name!r}: {len(self):,} items x {self.vectors.shape[1]} dimensions>"

    @property
    def name(self) -> str:
        """The artifact's name, or "embedding" for one that was never saved."""
        return str(self.manifest.get("name", "embedding"))

    @cached_property
    def _index(self) -> pd.Index:
        return pd.Index(self.items["key"])

    @cached_property
    def schema(self) -> Schema:
        """The columns of the items by name, in order: kind, role and label; guessed where the manifest says nothing.

        Raises BadData where the manifest describes them wrongly.
        """
        return read_schema(self.manifest, self.items)

    @cached_property
    def columns(self) -> Columns:
        """The values of each column by name, prepared for filters, counts, colors and comparisons."""
        return Columns(self.items, self.schema)

    def where(self, expression: str) -> np.ndarray:
        """Which items a condition in SQL holds for: (n,) bool, read-only.

        expression: as in `price < 20 and brand in ('Acme', 'Bolt')`; labels by `list_contains(tags, 'new')`.
        Raises BadRequest, which names the column that was meant.
        """
        return self.columns.where(expression)

    def subset(self, mask: np.ndarray) -> Embedding:
        """Some of the items, with their vectors and layouts, in the same order.

        mask: (n,) bool. Raises BadRequest when it is of another shape, or leaves no item.
        """
        _check_mask(self, mask)
        rows = np.flatnonzero(mask)
        if not len(rows):
            raise BadRequest(f"No item of {self.name} is left; change the condition.")
        about = {name: value for name, value in self.manifest.items() if name != "index"} | self.schema.document()
        layouts = {name: xy[rows] for name, xy in self.layouts.items()}
        return Embedding(self.vectors[rows], self.items.iloc[rows], about, layouts=layouts, users=self.users)

    @cached_property
    def norms(self) -> np.ndarray:
        """Euclidean length of each vector, (n,) float32; 1 for a zero vector so that its cosine is 0."""
        if isinstance(self.vectors, RemoteVectors):
            return self.vectors.norms
        norms = np.sqrt(np.einsum("nd,nd->n", self.vectors, self.vectors))  # no second matrix, unlike linalg.norm
        norms[norms == 0] = 1
        return norms

    @cached_property
    def neighbor_index(self) -> NeighborIndex:
        """Finds the nearest items; its `recall` is the share of them it finds."""
        exact = ExactIndex(self.vectors, self.norms)
        return self._make_index(exact) if self._make_index else exact

    @cached_property
    def keyed_vectors(self) -> KeyedVectors:
        """The same keys and vectors as gensim KeyedVectors (a copy)."""
        from gensim.models import KeyedVectors

        kv = KeyedVectors(self.vectors.shape[1])
        kv.add_vectors(self.items["key"].tolist(), np.array(self.vectors))
        return kv

    def index(self, keys: str | Iterable[str]) -> np.ndarray:
        """Row of each key, (len(keys),) int64 in the order asked; a title that only one item has counts as its key.

        Raises UnknownItem, which names the closest keys and titles.
        """
        wanted = [keys] if isinstance(keys, str) else list(keys)
        # One by one: get_indexer reads all keys again for each question, half a second of a million.
        return np.array([self._row(key) for key in wanted], np.int64)

    def _row(self, key: str) -> int:
        if key in self._index:
            return int(self._index.get_loc(key))
        keys = self.items["key"].tolist()
        if "title" not in self.items:
            raise UnknownItem(key, keys, self.name)
        found = np.flatnonzero(self.items["title"].to_numpy() == key)
        if len(found) == 1:
            return int(found[0])
        if len(found):
            named = ", ".join(repr(keys[row]) for row in found[:5])
            raise BadRequest(f"{len(found):,} items have the title {key!r}; name one by its key: {named}.")
        raise UnknownItem(key, list(dict.fromkeys([*keys, *self.items["title"].astype(str)])), self.name, len(keys))

    def vector(self, key: str) -> np.ndarray:
        """The vector of one item, (d,) float32. Raises UnknownItem."""
        return self.vectors[self.index(key)[0]]

    @cached_property
    def likely(self) -> Likely | None:
        """What ranks items by how likely somebody is to like them; None where it was not trained or is not stored."""
        return Likely.of(self) if "likely" in self.manifest and "likely_factors" in self.model else None

    @cached_property
    def network(self) -> Network | None:
        """The network that predicts ratings from two vectors; None for a model without. Raises BadRequest."""
        return Network.of(self) if "network" in self.manifest else None

    @property
    def has_no_vectors(self) -> bool:
        """True for an imported map without vectors: only 2-D positions are known."""
        return self.manifest.get("vectors") == NO_VECTORS

    @property
    def plane(self) -> np.ndarray | None:
        """The default layout, (n, 2) float32; None when there is no layout."""
        return None if self.plane_name is None else self.layouts[self.plane_name]

    @property
    def plane_name(self) -> str | None:
        """Name of the default layout: first by SHOWN_FIRST, then one learned from all items."""
        flat = [name for name, xy in self.layouts.items() if xy.shape[1] == 2]
        known = self.manifest.get("layouts", {})

        def rank(name: str) -> tuple[int, bool, bool]:
            facts = known.get(name, {})
            method = facts.get("method", name)
            place = SHOWN_FIRST.index(method) if method in SHOWN_FIRST else len(SHOWN_FIRST)
            return place, "learned_from" in facts, name != method

        return min(flat, key=rank, default=None)

    def layout(self, method: str) -> np.ndarray:
        """A stored layout, (n, 2) or, in space, (n, 3) float32. Raises BadRequest, which names those there are."""
        if method not in self.layouts:
            there = ", ".join(sorted(self.layouts)) or "none"
            raise BadRequest(
                f"{self.name} has no {method!r} layout (stored: {there}). "
                f"Make it on the Map page, or with: explorer project {self.name} --method {method}"
            )
        return self.layouts[method]

    def neighbors(self, key: str, k: int = 10, metric: str = "cosine", mask: np.ndarray | None = None) -> pd.DataFrame:
        """The k items nearest to one item, which is left out itself.

        metric: `cosine` and `dot` (higher is nearer), or `euclidean` (a distance: lower is nearer).
        mask: (n,) bool, which items may answer. Returns at most k rows, best first: `key`, `score`, then the item
        columns. Cosine equals gensim's `KeyedVectors.most_similar`. Raises UnknownItem, BadRequest.
        """
        row = self.index(key)
        return self.nearest(self.vectors[row[0]], k, metric, mask, exclude=row, kind="item")

    def analogy(
        self,
        positive: str | Sequence[str],
        negative: str | Sequence[str] = (),
        k: int = 10,
        mask: np.ndarray | None = None,
    ) -> pd.DataFrame:
        """The k items whose direction is nearest to positive minus negative, which are left out themselves.

        Each item counts with its unit vector (twice when named twice), as in 3CosAdd of Mikolov et al. 2013 (Linguistic
        Regularities in Continuous Space Word Representations) and gensim's `most_similar`. Returns as `neighbors` does.
        Raises UnknownItem, and BadRequest when nothing is asked or an item stands on both sides.
        """
        plus, minus = _keys(positive), _keys(negative)
        if not plus and not minus:
            raise BadRequest("An analogy needs at least one item; none was given.")
        both = sorted(set(plus) & set(minus))
        if both:
            raise BadRequest(f"{both[0]!r} is both added and taken away; name it on one side only.")
        rows = self.index(plus + minus)
        return self.nearest(self.target(plus, minus), k, mask=mask, exclude=rows, kind="analogy")

    def between(
        self, a: str, b: str, k: int = 10, mask: np.ndarray | None = None, at: float = 0.5, balanced: bool = False
    ) -> pd.DataFrame:
        """The k items nearest to a point on the way from item a (at=0) to item b (at=1), both left out.

        The point is the weighted mean of the two unit vectors; at 0.5 this is `analogy([a, b])`.
        Returns as `neighbors` does, by cosine, with the columns `to_a` and `to_b` (cosine to each end) after `score`.
        balanced: of the 20 k nearest to the point, rank by the smaller of `to_a` and `to_b`, each less what the point
        itself has, so that no item near one end only comes first. Raises UnknownItem, BadRequest.
        """
        if a == b:
            raise BadRequest(f"Between {a!r} and itself there is nothing; choose two items.")
        if not 0 <= at <= 1:
            raise BadRequest(f"The place between two items goes from 0 to 1; {at} is outside.")
        rows = self.index([a, b])
        ends = self.unit_vectors(rows)
        point = (1 - at) * ends[0] + at * ends[1]
        table = self.nearest(point, 20 * k if balanced else k, mask=mask, exclude=rows, kind="between")
        to_ends = self.unit_vectors(self.index(table["key"])) @ ends.T
        table.insert(2, "to_a", to_ends[:, 0])
        table.insert(3, "to_b", to_ends[:, 1])
        if not balanced:
            return table
        smaller = (to_ends - ends @ point / (np.linalg.norm(point) or 1)).min(axis=1)
        return table.iloc[np.argsort(-smaller, kind="stable")[:k]].reset_index(drop=True)

    def similarity(self, a: str, b: str) -> dict[str, float]:
        """Similarity of two items by every metric: `cosine`, `dot`, `euclidean` (a distance). Raises UnknownItem."""
        rows = self.index([a, b])
        two = ExactIndex(self.vectors[rows], self.norms[rows])
        return {metric: float(two.scores(two.vectors[0], metric)[1]) for metric in METRICS}

    def nearest(
        self,
        query: np.ndarray,
        k: int = 10,
        metric: str = "cosine",
        mask: np.ndarray | None = None,
        exclude: Sequence[int] | np.ndarray = (),
        kind: str = "other",
    ) -> pd.DataFrame:
        """The k items nearest to a vector (d,), without the rows in `exclude`. Returns and raises as `neighbors`.

        kind: of core.search.QUERIES, what the vector is: how far an index of many items looks.
        """
        return scored(self.items, *self.nearest_rows(query, k, metric, mask, exclude, kind))

    def nearest_rows(
        self,
        query: np.ndarray,
        k: int = 10,
        metric: str = "cosine",
        mask: np.ndarray | None = None,
        exclude: Sequence[int] | np.ndarray = (),
        kind: str = "other",
    ) -> tuple[np.ndarray, np.ndarray]:
        """Rows of the items that `nearest` returns, (k,) int64, and their scores, (k,) float32."""
        if self.has_no_vectors:
            raise BadRequest(f"{self.name} is a map alone: nothing is known of what is near but where it lies.")
        if k < 1:
            raise BadRequest(f"At least one neighbor must be asked for; k is {k}.")
        if mask is not None:
            _check_mask(self, mask)
        left_out = np.unique(np.asarray(exclude, dtype=np.intp))
        rows, score = self.neighbor_index.search(query, k + len(left_out), metric, mask, kind)
        kept = np.flatnonzero(~np.isin(rows, left_out))[:k]
        return rows[kept], score[kept]

    def scores(self, query: np.ndarray, metric: str = "cosine") -> np.ndarray:
        """Score of every item against one vector (d,): (n,) float32 in item order. Raises BadRequest."""
        return ExactIndex(self.vectors, self.norms).scores(query, metric)

    def target(self, positive: Sequence[str], negative: Sequence[str] = ()) -> np.ndarray:
        """Query vector of an analogy: mean of the signed unit vectors, (d,) float32. Raises UnknownItem."""
        signs = np.r_[np.ones(len(positive)), -np.ones(len(negative))].astype(np.float32)
        return (signs[:, None] * self.unit_vectors(self.index([*positive, *negative]))).mean(axis=0)

    def unit_vectors(self, rows: np.ndarray) -> np.ndarray:
        """Unit vectors of some rows, (len(rows), d) float32."""
        return self.vectors[rows] / self.norms[rows, None]


def scored(items: pd.DataFrame, rows: np.ndarray, score: np.ndarray) -> pd.DataFrame:
    """Some rows of the items in the order given, (k,) int, and their scores: `key`, `score`, then the other columns."""
    table = items.take(rows).reset_index(drop=True).assign(score=score)
    return table[["key", "score", *(c for c in table if c not in ("key", "score"))]]


def _readonly(array: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        view = np.asarray(array, dtype=np.float32).view()
    view.flags.writeable = False
    return view


def _validated(vectors: np.ndarray, items: pd.DataFrame) -> np.ndarray:
    vectors = np.asarray(vectors)
    if vectors.ndim != 2 or not vectors.size:
        raise BadData(f"Vectors must be a table of rows by dimensions; these have shape {vectors.shape}.")
    if not np.issubdtype(vectors.dtype, np.number) or np.iscomplexobj(vectors):
        raise BadData(f"Vectors must be real numbers; these are {vectors.dtype}.")
    if len(vectors) != len(items):
        raise BadData(f"The number of vectors ({len(vectors):,}) must match the number of items ({len(items):,}).")
    if "key" not in items:
        raise BadData(f"Items need a column 'key'; these have {', '.join(map(repr, items.columns)) or 'none'}.")
    keys = items["key"]
    strange = keys.map(lambda key: not isinstance(key, str)) if keys.dtype == object else keys.isna()
    wrong = np.flatnonzero(strange.astype(bool) | (keys == ""))
    if len(wrong):
        raise BadData(f"Every key must be a non-empty string; row {wrong[0]:,} has {keys.iloc[wrong[0]]!r}.")
    if not keys.is_unique:
        key = keys[keys.duplicated()].iloc[0]
        rows = np.flatnonzero(keys == key)[:2]
        raise BadData(f"Keys must be unique; {key!r} stands in rows {rows[0]:,} and {rows[1]:,}.")
    with np.errstate(over="ignore", invalid="ignore"):
        vectors = np.asarray(vectors, dtype=np.float32)  # a float64 may be too large for it
        suspect = not np.isfinite(vectors.sum())  # a sum needs no table of truth values beside the vectors
    if suspect and not (finite := np.isfinite(vectors)).all():
        row, column = np.argwhere(~finite)[0]
        raise BadData(
            f"Vectors must be finite; row {row:,} ({keys.iloc[row]!r}), dimension {column} is {vectors[row, column]}."
        )
    largest = max(float(vectors.max()), -float(vectors.min()))
    if largest > LARGEST or 0 < largest < 1 / LARGEST:
        raise BadData(
            f"The largest number of the vectors is {largest:.3g}; float32 keeps products of numbers from "
            f"{1 / LARGEST:.2g} to {LARGEST:.2g}. Scale all vectors by one factor, such as "
            f"{1 / largest:.0e}: cosines stay."
        )
    return _readonly(vectors)


def _keys(keys: str | Sequence[str]) -> list[str]:
    return [keys] if isinstance(keys, str) else list(keys)


def _check_mask(embedding: Embedding, mask: np.ndarray) -> None:
    mask = np.asarray(mask)
    if mask.shape != (len(embedding),) or mask.dtype != bool:
        raise BadRequest(f"A mask is {len(embedding):,} truth values; this one is {mask.dtype} of shape {mask.shape}.")
