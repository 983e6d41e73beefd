"""What every page stands on: its state, its markup, its files."""
