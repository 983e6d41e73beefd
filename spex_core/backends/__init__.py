"""Backends: one file per kind of model, found by `spex_core.registry`; they import the fixed core only."""
