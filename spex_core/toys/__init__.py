"""The small worlds of the embedded models, and their training."""
