"""Tables of vectors and facts: text, parquet, Arrow, JSON."""
