"""Shared by the neural models: training loop, sparse Adam, TensorFlow."""
