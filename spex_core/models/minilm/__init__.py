"""The embedded MiniLM and what is built on it."""
