"""Coded masks: which are asked for, and decoding what comes back."""
