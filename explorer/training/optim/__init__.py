"""Solvers shared by models: gradient steps, sparse Adam, least squares, TensorFlow."""
