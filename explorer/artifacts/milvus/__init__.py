"""Artifacts in a Milvus database."""
