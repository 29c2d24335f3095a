"""Artifacts in a Milvus: what it holds, how they get there, how they are asked."""
