"""Schemas of known data sets, stored in the manifest of artifacts trained on them."""

from explorer.core.columns import Column, Schema

FILMS = Schema(
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
BOOKS = Schema(
    [
        Column("key", "text", "key"),
        Column("title", "text", "title"),
        Column("author", "category"),
        Column("series", "category"),
        Column("country", "category"),
        Column("language", "category"),
        Column("year", "number", "year"),
        Column("pages", "number"),
        Column("genres", "labels", "group"),
        Column("n_links", "number", "popularity"),
        Column("item_id", "text", label="Article"),
    ],
    ("book", "books"),
)
PAGES = Schema(
    [
        Column("key", "text", "key"),
        Column("title", "text", "title"),
        Column("genres", "labels", "group"),
        Column("n_books", "number", "popularity"),
    ],
    ("page", "pages"),
)
# Limitations of film ratings, for the data card.
FILM_LIMITS = """The vectors reflect the taste of the people who rated, mostly volunteers who like films and speak
English; films with few ratings have unreliable vectors. A map cannot preserve all distances; its trustworthiness
measures how reliable it is."""
