"""Embeddings and the queries on them."""
