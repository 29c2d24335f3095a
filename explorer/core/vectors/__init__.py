"""The matrix of vectors: in memory, in a database, or without what it reveals about a column."""
