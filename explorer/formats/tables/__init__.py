"""Readers of tables with vectors and metadata: text, parquet, Arrow, JSON."""
