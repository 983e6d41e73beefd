"""Other explanation methods, fitted to the same masked passes: one file each, found by `spex_core.registry`."""
