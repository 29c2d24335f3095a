"""Text files of training data, line by line: their encoding, separators, and what each line holds."""
