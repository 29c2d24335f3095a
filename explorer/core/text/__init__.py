"""Text of the items: search by words or by a pattern, and bidirectional characters."""
