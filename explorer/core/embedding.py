"""The `Embedding` class: read-only vectors, their items, and the queries on them."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from explorer.core.columns import Columns, Schema, read_schema
from explorer.core.layouts import default_layout, validate_layouts
from explorer.core.search.index import METRICS, ExactIndex, NeighborIndex
from explorer.core.search.item_keys import ItemKeys
from explorer.core.search.key_index import KeyIndex
from explorer.core.user_models.likely import Likely
from explorer.core.user_models.network import Network
from explorer.core.vectors.blocks import spans
from explorer.core.vectors.erased import ErasedVectors
from explorer.core.vectors.remote import RemoteVectors
from explorer.core.vectors.validation import readonly, validate_vectors
from explorer.errors import BadData, BadRequest, UnknownItem

if TYPE_CHECKING:
    from gensim.models import KeyedVectors
    from pandas.api.extensions import ExtensionArray

NO_VECTORS = "the places on a map that came without vectors"  # manifest entry `vectors` of a map without vectors


class Embedding:
    """Immutable, validated vectors and the items they belong to.

    vectors: (n, d), finite, stored as read-only float32, or RemoteVectors in a database. The largest absolute value is
    from 2**-50 to 2**50 unless all are 0. items: one row per vector in the same order, with a unique string column
    `key`; other columns are free. manifest: metadata such as the name, the model and its parameters.
    layouts: name -> (n, 2) or (n, 3) float32. users: (u, d + 1) float32, a vector followed by a bias.
    model: other arrays of the trained model by name, used by recommend. digest: changes whenever the artifact does;
    the key of caches. make_index: called at the first query to make the neighbor index; by default search is exact.
    keys: index of the keys; by default a hash table is made. Raises BadData if the parts do not fit together.

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
        vectors: np.ndarray | RemoteVectors | ErasedVectors,
        items: pd.DataFrame,
        manifest: Mapping[str, Any] | None = None,
        *,
        layouts: Mapping[str, np.ndarray] | None = None,
        users: np.ndarray | None = None,
        model: Mapping[str, np.ndarray] | None = None,
        digest: str = "",
        make_index: Callable[[ExactIndex], NeighborIndex] | None = None,
        keys: KeyIndex | None = None,
    ) -> None:
        # The vectors of a database were validated before they were published.
        computed = isinstance(vectors, RemoteVectors | ErasedVectors)
        self.vectors = cast(np.ndarray, vectors) if computed else validate_vectors(cast(np.ndarray, vectors), items)
        self.items = items.reset_index(drop=True)
        self.manifest = dict(manifest or {})
        self.layouts = validate_layouts(layouts or {}, len(self), computed)
        self.users = None if users is None else readonly(users)
        self.model = {name: readonly(array) for name, array in (model or {}).items()}
        self.digest = digest
        self._make_index = make_index
        self._keys = ItemKeys(self.items, self.name, keys)
        if self.users is not None and self.users.shape[1:] != (self.vectors.shape[1] + 1,):
            raise BadData(f"User vectors have shape {self.users.shape}; expected (users, {self.vectors.shape[1] + 1}).")

    def __len__(self) -> int:
        return len(self.vectors)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __repr__(self) -> str:
        return f"<Embedding {self.name!r}: {len(self):,} items x {self.vectors.shape[1]} dimensions>"

    @property
    def name(self) -> str:
        """The artifact's name, or "embedding" for one that was never saved."""
        return str(self.manifest.get("name", "embedding"))

    @cached_property
    def schema(self) -> Schema:
        """Kind, role and label of each item column, in order; guessed for columns the manifest does not describe.

        Raises BadData if the manifest describes them wrongly.
        """
        return read_schema(self.manifest, self.items)

    @cached_property
    def columns(self) -> Columns:
        """The values of each column by name, prepared for filters, counts, colors and comparisons."""
        return Columns(self.items, self.schema)

    @cached_property
    def item_values(self) -> dict[str, ExtensionArray]:
        """Name of each item column -> its values; pandas takes longer to look a column up than to take ten values."""
        return values_by_column(self.items)

    def where(self, expression: str) -> np.ndarray:
        """Items for which an SQL condition is true: (n,) bool, read-only.

        expression: such as `price < 20 and brand in ('Acme', 'Bolt')`; test labels with `list_contains(tags, 'new')`.
        Raises BadRequest; for an unknown column, it names the closest.
        """
        return self.columns.where(expression)

    def subset(self, mask: np.ndarray) -> Embedding:
        """Embedding of some of the items, with their vectors and layouts, in the same order.

        mask: (n,) bool. Raises BadRequest if its shape is wrong or it selects no item.
        """
        _check_mask(self, mask)
        rows = np.flatnonzero(mask)
        if not len(rows):
            raise BadRequest(f"No item of {self.name} is left; change the condition.")
        return self.take(rows)

    def take(self, rows: np.ndarray) -> Embedding:
        """Embedding of some rows (m,) int64, with their vectors and layouts, in that order."""
        about = {name: value for name, value in self.manifest.items() if name != "index"} | self.schema.document()
        layouts = {name: xy[rows] for name, xy in self.layouts.items()}
        return Embedding(self.vectors[rows], self.items.iloc[rows], about, layouts=layouts, users=self.users)

    @cached_property
    def norms(self) -> np.ndarray:
        """Euclidean length of each vector, (n,) float32; 1 for a zero vector, whose cosines are then 0."""
        if isinstance(self.vectors, RemoteVectors | ErasedVectors):
            return self.vectors.norms
        norms = np.sqrt(np.einsum("nd,nd->n", self.vectors, self.vectors))  # linalg.norm would copy the matrix
        norms[norms == 0] = 1
        return norms

    @cached_property
    def neighbor_index(self) -> NeighborIndex:
        """Index that searches for the nearest items; `recall` is its measured recall, None for exact search."""
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
        """Row of each key, (len(keys),) int64, in the order given. A title that only one item has works as its key.

        Raises UnknownItem, which names the closest keys and titles.
        """
        # pandas' get_indexer reads all keys at each call, which takes half a second for a million items.
        return np.array([self._keys.row(key) for key in ([keys] if isinstance(keys, str) else keys)], np.int64)

    def unknown_item(self, key: str) -> UnknownItem:
        """The error for a key that no item has; it names the closest keys."""
        return self._keys.unknown(key)

    def vector(self, key: str) -> np.ndarray:
        """The vector of one item, (d,) float32. Raises UnknownItem."""
        return self.vectors[self.index(key)[0]]

    @cached_property
    def likely(self) -> Likely | None:
        """Model that ranks items by how likely a user is to like them; None if it was not trained or is not stored."""
        if "likely" not in self.manifest or "likely_factors" not in self.model:
            return None
        return Likely.read(self.name, self.manifest["likely"], self.model, len(self))

    @cached_property
    def network(self) -> Network | None:
        """Network that predicts ratings from a user and an item vector; None for other models. Raises BadRequest."""
        if "network" not in self.manifest:
            return None
        return Network.read(self.name, self.manifest["network"], self.model, self.vectors.shape[1])

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
        """Name of the default layout, see `layouts.default_layout`; None when there is no layout."""
        return default_layout(self.layouts, self.manifest.get("layouts", {}))

    def layout(self, method: str) -> np.ndarray:
        """A stored layout, (n, 2) or (n, 3) float32. Raises BadRequest, which names the stored ones."""
        if method not in self.layouts:
            stored = ", ".join(sorted(self.layouts)) or "none"
            raise BadRequest(
                f"{self.name} has no {method!r} layout (stored: {stored}). "
                f"Make it on the Map page, or with: explorer project {self.name} --method {method}"
            )
        return self.layouts[method]

    def neighbors(self, key: str, k: int = 10, metric: str = "cosine", mask: np.ndarray | None = None) -> pd.DataFrame:
        """The k nearest items to one item, excluding itself.

        metric: `cosine` and `dot` (higher is nearer), or `euclidean` (a distance: lower is nearer). mask: (n,) bool,
        the items to search among. Returns at most k rows, best first: `key`, `score`, then the item columns. Cosine
        equals gensim's `KeyedVectors.most_similar`. Raises UnknownItem, BadRequest.
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
        """The k items whose direction is nearest to positive minus negative, excluding these items.

        Each item counts with its unit vector (twice when named twice), as in 3CosAdd of Mikolov et al. 2013 (Linguistic
        Regularities in Continuous Space Word Representations) and gensim's `most_similar`. Returns the columns of
        `neighbors`. Raises UnknownItem, and BadRequest if no item is given or one is on both sides.
        """
        plus, minus = _keys(positive), _keys(negative)
        if not plus and not minus:
            raise BadRequest("An analogy needs at least one item; none was given.")
        both = sorted(set(plus) & set(minus))
        if both:
            raise BadRequest(f"{both[0]!r} is both added and subtracted; name it on one side only.")
        rows = self.index(plus + minus)
        return self.nearest(self.target(plus, minus), k, mask=mask, exclude=rows, kind="analogy")

    def between(
        self, a: str, b: str, k: int = 10, mask: np.ndarray | None = None, at: float = 0.5, balanced: bool = False
    ) -> pd.DataFrame:
        """The k items nearest to a point between item a (at=0) and item b (at=1), excluding both.

        The point is the weighted mean of the two unit vectors; at 0.5 this is `analogy([a, b])`. Returns the columns of
        `neighbors`, with the cosines to each end, `to_a` and `to_b`, after `score`. balanced: rank the 20 k items
        nearest to the point by the smaller of `to_a` and `to_b`, each less the cosine of the point itself. Items close
        to only one end then rank low. Raises UnknownItem, BadRequest.
        """
        if a == b:
            raise BadRequest(f"Between {a!r} and itself there is nothing; choose two items.")
        if not 0 <= at <= 1:
            raise BadRequest(f"The position between two items must be from 0 to 1, not {at}.")
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

        kind: the kind of query, one of core.search.index.QUERIES; an approximate index chooses its search effort by it.
        """
        rows, score = self.nearest_rows(query, k, metric, mask, exclude, kind)
        return item_table(self.item_values, rows, {"score": score})

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
            raise BadRequest(f"{self.name} is a map without vectors; it has no neighbors, only positions.")
        if k < 1:
            raise BadRequest(f"At least one neighbor must be asked for; k is {k}.")
        if mask is not None:
            _check_mask(self, mask)
        excluded = np.unique(np.asarray(exclude, dtype=np.intp))
        rows, score = self.neighbor_index.search(query, k + len(excluded), metric, mask, kind)
        nearest = np.flatnonzero(~np.isin(rows, excluded))[:k]
        return rows[nearest], score[nearest]

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

    def center(self, rows: np.ndarray) -> np.ndarray:
        """Mean of the unit vectors of some rows, at least one: (d,) float32. They are read in blocks."""
        d = self.vectors.shape[1]
        parts = [self.unit_vectors(rows[span]).sum(axis=0, dtype=np.float64) for span in spans(len(rows), d)]
        return (np.sum(parts, axis=0) / len(rows)).astype(np.float32)


def scored(items: pd.DataFrame, rows: np.ndarray, score: np.ndarray) -> pd.DataFrame:
    """Table of some items in the order of `rows`, (k,) int: `key`, `score`, then the other columns."""
    return item_table(values_by_column(items), rows, {"score": score})


def values_by_column(items: pd.DataFrame) -> dict[str, ExtensionArray]:
    """Column of a table -> its values, without their index."""
    return {name: column.array for name, column in items.items()}


def item_table(
    values: Mapping[str, ExtensionArray],
    rows: np.ndarray,
    first: Mapping[str, np.ndarray],
    without: Container[str] = (),
) -> pd.DataFrame:
    """Table of some items in the order of `rows`, (k,) int: `key`, the columns `first`, then those of the items.

    values: of all items, see values_by_column. without: columns of the items to leave out.
    """
    parts = {name: all_.take(rows) for name, all_ in values.items() if name not in first and name not in without}
    return pd.DataFrame({"key": parts.pop("key"), **first, **parts}, copy=False)


def _keys(keys: str | Sequence[str]) -> list[str]:
    return [keys] if isinstance(keys, str) else list(keys)


def _check_mask(embedding: Embedding, mask: np.ndarray) -> None:
    mask = np.asarray(mask)
    if mask.shape != (len(embedding),) or mask.dtype != bool:
        raise BadRequest(f"A mask needs {len(embedding):,} booleans; this one is {mask.dtype} of shape {mask.shape}.")
