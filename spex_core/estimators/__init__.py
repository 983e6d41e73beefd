"""Estimators: one file each, found by `spex_core.registry`; they import the fixed core only."""
