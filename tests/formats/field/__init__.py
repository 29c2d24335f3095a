"""Unusual files reported by users of similar tools, with the expected result of each."""
