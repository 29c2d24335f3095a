"""An embedding and the questions one can ask of it."""
