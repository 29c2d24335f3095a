"""Directions in the vector space: factors, concept axes, and directions of columns."""
