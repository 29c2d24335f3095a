"""Search for the nearest vectors, and for the row of a key."""
