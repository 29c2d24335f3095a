"""Read raw files into validated tables: ratings, interactions, sequences, edges, categorical tables."""
