"""Readers of vector files: word2vec, numpy, Keras, TensorFlow, safetensors, Embedding Projector."""
