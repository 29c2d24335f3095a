"""Training of rating models: hold out, fit, evaluate, refit. The models are in `models`."""
