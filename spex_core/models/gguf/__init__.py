"""Models in a GGUF file: read within bounds, converted once to safetensors, kept in the user's cache."""
