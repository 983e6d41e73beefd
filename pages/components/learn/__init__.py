"""Short pages on how to read an explanation."""
