"""Build an embedding from parsed vectors and metadata according to a plan."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from explorer import artifacts
from explorer.core.columns import Schema
from explorer.core.columns.amounts import read_amounts
from explorer.core.columns.kind import unknown_cell
from explorer.core.columns.kinds.date import assumed_order
from explorer.core.embedding import NO_VECTORS, Embedding
from explorer.errors import BadData, BadRequest
from explorer.formats.parsed_file import ParsedFile, cell_text
from explorer.importing.group import with_group
from explorer.importing.issues import Flaws, ImportSummary, Issue, find_flaws, is_usable, of_keys, of_vectors
from explorer.importing.item_table import item_table
from explorer.importing.join import Joined
from explorer.importing.join import join as joined
from explorer.importing.plan import DECISIONS, Plan, guess
from explorer.maps import projection

CARD = "# {name}\n\n{items:,} items in {dimensions} dimensions, imported from {source}.\n\n{notes}\n"
Progress = Callable[[str, int, int], None]  # layout method, step, number of steps


def inspect(read: ParsedFile, metadata: ParsedFile | None, plan: Plan, both: Joined | None = None) -> ImportSummary:
    """Summarize an import and its problems without changing anything. both: as for `build`.

    Raises BadData, BadRequest.
    """
    result, vectors = both or joined(read, metadata, plan.join, plan.on), _vectors(read)
    found = _found(result, _keys(result, plan), find_flaws(vectors), read)
    first = pd.concat([result.items.head(10), pd.DataFrame(vectors[:10, :5])], axis=1)
    return ImportSummary(vectors.shape[0], vectors.shape[1], first, found, _notes(read, metadata, result, plan))


@dataclass(frozen=True)
class Preview:
    """The first items of an import. names: column of the file -> of `items`. color: why the default color is chosen."""

    items: pd.DataFrame
    schema: Schema
    names: Mapping[str, str]
    color: str


def preview(result: Joined, plan: Plan, rows: int, vectors: np.ndarray | None) -> Preview:
    """The first items that `build` would return. Raises BadRequest for an unknown kind.

    vectors: (n, d) those of the file, which the default color depends on.
    """
    items, schema, names = item_table(result.items.head(rows), _named(_keys(result, plan)).head(rows), plan)
    color = ""
    if vectors is not None:
        schema, color = with_group(schema, items, np.nan_to_num(vectors[:rows]), plan.seed)
    return Preview(items, schema, names, color)


def build(
    read: ParsedFile, metadata: ParsedFile | None = None, plan: Plan | None = None, both: Joined | None = None
) -> Embedding:
    """Build the embedding. both: the result of `join` for this plan, if it is already known.

    Raises BadData if the plan stops at an issue, BadRequest if the plan is invalid.
    """
    plan = plan or guess(read, metadata, both=both)
    result, vectors = both or joined(read, metadata, plan.join, plan.on), _vectors(read)
    keys, wrong = _keys(result, plan), find_flaws(vectors)
    notes = _notes(read, metadata, result, plan)
    for finding in _found(result, keys, wrong, read):
        if finding.name in DECISIONS:
            done = plan.decision(finding.name)
            if done == "stop":
                raise _stopped(finding, read)
            notes.append(f"{finding.message}: {done}.")
    keys = _named(keys)
    rows = _kept(plan, wrong.broken, wrong.zero, keys.duplicated().to_numpy(), result.unmatched)
    if not rows.any():
        raise BadData(f"{read.name}: all rows are left out; check the --on options.")
    whole = bool(rows.all())
    vectors = _mended(vectors, wrong.broken, plan) if plan.decision("nan") == "fix" else vectors
    if wrong.constant.any() and not wrong.constant.all() and plan.decision("constant") == "drop":
        vectors = vectors[:, ~wrong.constant]
    items, schema, _ = item_table(result.items, keys, plan)
    notes += _changed_values(result.items, items, schema)
    if read.vectors is not None:
        schema, chosen = with_group(schema, items, vectors, plan.seed)
        notes += [chosen] * bool(chosen)
    manifest: dict[str, Any] = {
        "kind": "import", "model": "imported", "vectors": NO_VECTORS if read.vectors is None else "imported",
        "source": {"name": read.name, "format": read.format, "notes": notes},
        "params": {"plan": asdict(replace(plan, kinds=dict(plan.kinds), separators=dict(plan.separators)))},
        "dataset": {"name": read.name}, **schema.document(),
    }  # fmt: skip
    xy = read.xy if read.xy is not None else _plane(metadata, len(vectors), result)
    if xy is None and metadata is not None and metadata.xy is not None:
        notes.append(f"The map in {metadata.name} is left out, because it does not contain all items.")
    layouts = {} if xy is None else {"xy": xy if whole else xy[rows]}
    manifest["layouts"] = {name: {"method": name, "source": read.name} for name in layouts}
    return Embedding(vectors if whole else vectors[rows], items if whole else items[rows], manifest, layouts=layouts)


def publish_import(
    path: str | os.PathLike[str],
    embedding: Embedding,
    plan: Plan | None = None,
    progress: Progress | None = None,
    judge: bool = True,
) -> Path:
    """Save an embedding from `build` as an artifact of kind `import`, with the layouts of the plan; returns its folder.

    progress: called with (layout method, step, number of steps). judge: whether the quality of the layouts is measured.
    Raises BadRequest if the folder cannot be written or a layout cannot be computed.
    """
    artifacts.check_place(path)
    n, d = embedding.vectors.shape
    plan, planes = plan or Plan(), dict(embedding.layouts)
    metadata = dict(embedding.manifest.get("layouts", {}))
    wanted = [method for method in plan.layouts if method != "pca" or (n > 2 and d > 1 and "xy" not in planes)]
    pa.default_memory_pool().release_unused()  # half as much as the vectors, of large files, before maps need it
    for method in wanted:

        def report(step: int, steps: int, _: float | None, method: str = method) -> None:
            if progress:
                progress(method, step, steps)

        planes[method], metadata[method] = projection.project(embedding.vectors, method, plan.seed, report, judge=judge)
    source = embedding.manifest.get("source", {"name": "arrays", "notes": []})
    notes = "\n".join(f"- {note}" for note in source.get("notes", []))
    text = CARD.format(name=Path(path).name, items=n, dimensions=d, source=source["name"], notes=notes)
    manifest = {"kind": "import", **embedding.manifest, "seed": plan.seed, "layouts": metadata}
    return artifacts.save(path, embedding.vectors, embedding.items, manifest, layouts=planes, card=text)


def _vectors(read: ParsedFile) -> np.ndarray:
    if read.vectors is not None:
        return read.vectors
    if read.xy is None:
        near = f"{read.numbers}. Or give" if read.numbers else "Give"
        raise BadData(f"{read.name}: contains metadata but no vectors. {near} the file with the vectors too.")
    return read.xy


def _plane(metadata: ParsedFile | None, n: int, joined: Joined) -> np.ndarray | None:
    """The map in the metadata, in the order of the vectors; None if it has no place for one of them."""
    if metadata is None or metadata.xy is None:
        return None
    if joined.rows is None:
        return metadata.xy if len(metadata.xy) == n else None
    return None if (joined.rows < 0).any() else metadata.xy[joined.rows]


def _keys(joined: Joined, plan: Plan) -> pd.Series:
    if plan.key is not None:
        if plan.key not in joined.items:
            names = ", ".join(map(repr, joined.items)) or "none"
            raise BadRequest(f"There is no column {plan.key!r} to name the items by; there are: {names}.")
        keys = joined.items[plan.key]
    elif "key" in joined.items:
        keys = joined.items["key"]
    else:
        keys = pd.Series([None] * len(joined.items), dtype=object)
    keys = keys.map(cell_text, na_action="ignore").astype(object)
    return keys.fillna(joined.keys) if joined.keys is not None else keys


def _named(keys: pd.Series) -> pd.Series:
    """Keys; empty ones are replaced by the number of the row."""
    empty = keys.isna() | (keys == "")
    return keys.astype(object).where(~empty, pd.Series([f"row {n + 1}" for n in range(len(keys))], dtype=object))


def _notes(read: ParsedFile, metadata: ParsedFile | None, joined: Joined, plan: Plan) -> list[str]:
    skipped = [name for name, kind in plan.kinds.items() if kind == "skip" and name in joined.items]
    left = [f"Left out, because they are empty or contain lists of numbers: {', '.join(skipped)}."] if skipped else []
    dates = [name for name, kind in plan.kinds.items() if kind == "date" and name in joined.items]
    orders = {name: assumed_order(joined.items[name]) for name in dates}
    left += [
        f"Column {name!r}: {what}. Keep the texts with --column {name}=text." for name, what in orders.items() if what
    ]
    cut = read.rows is not None and len(read) < read.rows
    first = [f"The first {len(read):,} of {read.rows:,} rows were read."] if cut else []
    return [*first, *read.notes, *(metadata.notes if metadata else []), *joined.notes, *left]


def _changed_values(given: pd.DataFrame, items: pd.DataFrame, schema: Schema) -> list[str]:
    """Notes about values that a column of dates or numbers cannot hold, and about currencies moved to its label."""
    notes = []
    for name in items:
        if schema[name].kind not in ("date", "number", "boolean") or name not in given:
            continue
        if schema[name].kind == "number" and (amounts := read_amounts(given[name].dropna())):
            notes.append(
                f"Column {name!r}: amounts are numbers, their currency {amounts[1]!r} is in the label. Keep the texts "
                f"with --column {name}=text."
            )
        lost = given[name][items[name].isna().to_numpy() & given[name].notna().to_numpy()]
        lost = lost[lost.map(lambda cell: bool(str(cell).strip()) and not unknown_cell(cell))]
        if len(lost):
            one = "1 value is" if len(lost) == 1 else f"{len(lost):,} values are"
            notes.append(
                f"Column {name!r}: {one} no {schema[name].kind} and left empty, the first {str(lost.iloc[0])[:40]!r}. "
                f"Keep the texts with --column {name}=text."
            )
    return notes


def _found(joined: Joined, keys: pd.Series, wrong: Flaws, read: ParsedFile) -> list[Issue]:
    first = _named(keys).head(3).astype(str).tolist()
    found = [Issue("header", 1, first, what, what) for what in joined.header]
    found += [*of_vectors(wrong, _named(keys).tolist(), read.holes), *of_keys(keys)]
    if joined.unmatched.any():
        examples = _named(keys)[joined.unmatched].head(5).astype(str).tolist()
        found.append(
            Issue("unmatched", int(joined.unmatched.sum()), examples, "rows have no metadata", "row has no metadata")
        )
    if joined.unused:
        many, single = "rows of metadata match no vector", "row of metadata matches no vector"
        found.append(Issue("unused", len(joined.unused), joined.unused[:5], many, single))
    return found


def _stopped(finding: Issue, read: ParsedFile) -> BadData:
    options = [f"--on-{finding.name} {what}" for what in DECISIONS[finding.name] if what != "stop"]
    first = ", ".join(map(repr, finding.examples)) if finding.quoted else "; ".join(finding.examples)
    how = "Remove or replace them" if read.format == "arrays" else f"Choose {' or '.join(options)}"
    return BadData(f"{read.name}: {finding.message}, the first: {first}. {how}.")


def _kept(plan: Plan, broken: np.ndarray, zero: np.ndarray, again: np.ndarray, unmatched: np.ndarray) -> np.ndarray:
    rows = {"nan": broken, "zero": zero, "duplicate": again, "unmatched": unmatched}
    dropped = [which for name, which in rows.items() if plan.decision(name) == "drop"]
    return ~np.logical_or.reduce(dropped) if dropped else np.ones(len(broken), bool)


def _mended(vectors: np.ndarray, broken: np.ndarray, plan: Plan) -> np.ndarray:
    if not broken.any():
        return vectors
    mended = np.array(vectors)
    with np.errstate(invalid="ignore"):
        finite = is_usable(mended)
    sums = np.where(finite, mended, 0).sum(axis=0, dtype=np.float64)
    means = (sums / np.maximum(finite.sum(axis=0), 1)).astype(np.float32)
    mended[~finite] = np.broadcast_to(means, mended.shape)[~finite]
    return mended
