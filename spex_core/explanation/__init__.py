"""What a run found: read it, save it, make it again."""
