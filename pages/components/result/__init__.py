"""A run while it goes and what it found."""
