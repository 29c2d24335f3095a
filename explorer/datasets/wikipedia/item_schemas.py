"""Item schemas of Wikipedia's books and of the pages they link to."""

from explorer.core.columns import Column, Schema

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
