"""Quality of an embedding, and comparison of two embeddings."""
