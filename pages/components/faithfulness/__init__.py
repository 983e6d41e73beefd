"""How far to trust a run, tab by tab."""
