"""Raw files to validated tables: ratings, interactions, sequences, edges, categorical tables."""
