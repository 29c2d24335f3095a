"""What MovieLens data are: the item columns, license and citation that are stored with what is trained on them."""

from typing import Any

from explorer.core.columns import Column, Schema

SCHEMA = Schema(
    [
        Column("key", "text", "key"),
        Column("title", "text", "title"),
        Column("year", "number", "year"),
        Column("genres", "labels", "group", minor=("IMAX", "(no genres listed)")),
        Column("n_ratings", "number", "popularity", at_least=100),
        Column("mean_rating", "number"),
        Column("bias", "number", label="Item bias"),
        Column("item_id", "text", label="MovieLens id"),
        Column("imdb_id", "text", label="IMDb id"),
        Column("tmdb_id", "text", label="TMDB id"),
    ],
    ("film", "films"),
)
CITATION = (
    "F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context. ACM Transactions on "
    "Interactive Intelligent Systems 5, 4, Article 19. https://doi.org/10.1145/2827872"
)
LICENCE = (
    "Derived from MovieLens data of GroupLens Research, University of Minnesota, under the same conditions: no "
    "commercial use without permission, no claim of endorsement, the citation in publications, redistribution only "
    "under these conditions. What is derived from the 100K, 1M or 10M release may not be redistributed at all."
)
LIMITS = """The vectors reflect the taste of the people who rated, mostly volunteers who like films and speak
English; films with few ratings have unreliable vectors. A map cannot preserve all distances; its trustworthiness
measures how reliable it is."""


def manifest_fields() -> dict[str, Any]:
    """Manifest fields of an artifact whose items are the films of a release: item schema, license and citation."""
    return {**SCHEMA.document(), **terms()}


def terms() -> dict[str, str]:
    """Manifest fields of anything derived from a release: license and citation."""
    return {"licence": LICENCE, "citation": CITATION}
