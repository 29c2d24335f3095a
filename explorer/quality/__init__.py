"""How good an embedding is, and how two of them differ."""
