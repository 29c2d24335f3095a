"""Models of interactions (who chose what), without ratings."""
