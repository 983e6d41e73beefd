"""One explanation method a file, fitted to the same masked passes; `spex_core.trust.baseline` finds it by its name."""
