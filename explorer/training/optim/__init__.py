"""What the neural models share: the training loop, sparse Adam, TensorFlow."""
