"""Files of vectors: word2vec, numpy, Keras, TensorFlow, safetensors, Embedding Projector."""
