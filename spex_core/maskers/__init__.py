"""Maskers: one file per modality, found by `spex_core.registry`; they import the fixed core only."""
