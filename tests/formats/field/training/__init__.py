"""Files of recommenders, sessions, graphs and tables for training, each with the right reading."""
