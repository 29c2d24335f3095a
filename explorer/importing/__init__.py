"""Import: from parsed vectors and metadata to an embedding."""
