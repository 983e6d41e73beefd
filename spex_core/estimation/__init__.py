"""From masks and values to a sparse spectrum."""
