"""Causal language models and classifiers of texts."""
