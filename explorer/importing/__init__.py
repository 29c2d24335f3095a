"""Other people's vectors and facts to an embedding."""
