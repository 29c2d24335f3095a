"""Models of what a user likes that an artifact stores with its vectors."""
