"""What scores a masked input, and what it costs here."""
