"""Wikipedia articles about books."""
