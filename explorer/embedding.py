"""An embedding: read-only vectors, the items they stand for, and the questions one can ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from explorer import queries
from explorer.errors import BadData, BadRequest, UnknownItem
from explorer.remote.rows import Rows
from explorer.search import Exact, Search

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

SHOWN_FIRST = ("tsne", "umap", "xy", "pca")  # methods of layouts; xy: the file's own


MAP_ALONE = "the places on a map that came without vectors"  # what the manifest then says of the vectors


class Embedding:
    """Vectors and the items they belong to, validated once and never changed.

    vectors: (n, d), finite, kept as read-only float32, or Rows that lie in a database. items: one row per vector in
    the same order, with a unique string column `key`; other columns are free (`title`, `year`, `genres`, ...).
    layouts: name -> (n, 2) or, in space, (n, 3) float32. users: (u, d + 1) float32, a vector and, last, a bias each.
    manifest: where it all comes from. digest: changes whenever the artifact does, for caches. find: makes, at the first
    question, what looks for the nearest; without it every item is compared.
    Raises BadData when the parts do not belong together.
    """

    def __init__(
        self,
        vectors: np.ndarray | Rows,
        items: pd.DataFrame,
        manifest: Mapping[str, Any] | None = None,
        *,
        layouts: Mapping[str, np.ndarray] | None = None,
        users: np.ndarray | None = None,
        digest: str = "",
        find: Callable[[Exact], Search] | None = None,
    ) -> None:
        # Rows stand for a matrix as far as a few of them are asked for; they were validated before they were published.
        self.vectors = cast(np.ndarray, vectors) if isinstance(vectors, Rows) else _validated(vectors, items)
        self.items = items.reset_index(drop=True)
        self.manifest = dict(manifest or {})
        self.layouts = {method: _readonly(xy) for method, xy in (layouts or {}).items()}
        self.users = None if users is None else _readonly(users)
        self.digest = digest
        self._find = find
        for method, xy in self.layouts.items():
            if xy.shape not in ((len(self), 2), (len(self), 3)):
                raise BadData(f"Layout {method!r} has shape {xy.shape}; {len(self):,} items need ({len(self)}, 2).")
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
    def norms(self) -> np.ndarray:
        """Euclidean length of each vector, (n,) float32; 1 for a zero vector so that its cosine is 0."""
        if isinstance(self.vectors, Rows):
            return self.vectors.norms
        norms = np.sqrt(np.einsum("nd,nd->n", self.vectors, self.vectors))  # no second matrix, unlike linalg.norm
        norms[norms == 0] = 1
        return norms

    @cached_property
    def search(self) -> Search:
        """What looks for the nearest items; its `recall` says how many of them it finds."""
        exact = Exact(self.vectors, self.norms)
        return self._find(exact) if self._find else exact

    @cached_property
    def keyed_vectors(self) -> KeyedVectors:
        """The same keys and vectors as gensim KeyedVectors (a copy)."""
        from gensim.models import KeyedVectors

        kv = KeyedVectors(self.vectors.shape[1])
        kv.add_vectors(self.items["key"].tolist(), np.array(self.vectors))
        return kv

    def index(self, keys: str | Iterable[str]) -> np.ndarray:
        """Row of each key, (len(keys),) int64 in the order asked. Raises UnknownItem, which names the closest keys."""
        wanted = [keys] if isinstance(keys, str) else list(keys)
        for key in wanted:
            if key not in self._index:
                raise UnknownItem(key, self.items["key"].tolist(), self.name)
        # One by one: get_indexer reads all keys again for each question, half a second of a million.
        return np.array([self._index.get_loc(key) for key in wanted], np.int64)

    def vector(self, key: str) -> np.ndarray:
        """The vector of one item, (d,) float32. Raises UnknownItem."""
        return self.vectors[self.index(key)[0]]

    @property
    def map_alone(self) -> bool:
        """Whether it is a map that came without vectors, so that nothing but places is known."""
        return self.manifest.get("vectors") == MAP_ALONE

    @property
    def plane(self) -> np.ndarray | None:
        """The layout to show where none was chosen, (n, 2) float32; None without any."""
        return None if self.plane_name is None else self.layouts[self.plane_name]

    @property
    def plane_name(self) -> str | None:
        """The name of `plane`: by its method, of SHOWN_FIRST; of several the one that learned from all items."""
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
                f"Make it on the Map page, or with: python -m explorer project {self.name} --method {method}"
            )
        return self.layouts[method]

    def neighbors(self, key: str, k: int = 10, metric: str = "cosine", mask: np.ndarray | None = None) -> pd.DataFrame:
        """The k items nearest to one, best first; see queries.neighbors."""
        return queries.neighbors(self, key, k, metric, mask)

    def analogy(
        self,
        positive: str | Sequence[str],
        negative: str | Sequence[str] = (),
        k: int = 10,
        mask: np.ndarray | None = None,
    ) -> pd.DataFrame:
        """The k items nearest to the sum of some less others, best first; see queries.analogy."""
        return queries.analogy(self, positive, negative, k, mask)

    def between(self, a: str, b: str, k: int = 10, mask: np.ndarray | None = None, at: float = 0.5) -> pd.DataFrame:
        """The k items nearest to a point on the way from one item to another; see queries.between."""
        return queries.between(self, a, b, k, mask, at)


def _readonly(array: np.ndarray) -> np.ndarray:
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
        suspect = not np.isfinite(vectors.sum())  # a sum needs no table of truth values beside the vectors
    if suspect and not (finite := np.isfinite(vectors)).all():
        row, column = np.argwhere(~finite)[0]
        raise BadData(
            f"Vectors must be finite; row {row:,} ({keys.iloc[row]!r}), dimension {column} is {vectors[row, column]}."
        )
    return _readonly(vectors)
