"""Vectors in table cells."""

from tests.formats.field.making import LISTS, NAMED, VECTORS, WORDS, Case, cells, numbers, rows

CASES: dict[str, Case] = {}
CASES["numpy with line breaks"] = ({"a.csv": cells(lambda v: f"[{v[0]} {v[1]}\n  {v[2]} {v[3]}]")}, NAMED)
CASES["list without brackets"] = ({"a.csv": cells(lambda v: ",".join(map(str, v)))}, NAMED)
CASES["semicolons in cells"] = ({"a.csv": cells(lambda v: ";".join(map(str, v)))}, NAMED)
CASES["array repr"] = ({"a.csv": cells(lambda v: f"array({v}, dtype=float32)")}, NAMED)
CASES["np.float32 repr"] = ({"a.csv": cells(lambda v: "[" + ", ".join(f"np.float32({x})" for x in v) + "]")}, NAMED)
CASES["pgvector tsv"] = (
    {"a.tsv": "id\tembedding\n" + "".join(f"{w}\t[{numbers(v, ',')}]\n" for w, v in zip(WORDS, VECTORS, strict=True))},
    NAMED,
)
CASES["pipes"] = ({"a.csv": "title|d0|d1|d2|d3\n" + rows(a="|", b="|")}, NAMED)
CASES["Snowflake vector"] = (
    {
        "a.csv": "ID,EMBEDDING\n"
        + "".join(
            f'"{w}","[\n  {v[0]},\n  {v[1]},\n  {v[2]},\n  {v[3]}\n]"\n' for w, v in zip(WORDS, LISTS, strict=True)
        )
    },
    NAMED,
)
