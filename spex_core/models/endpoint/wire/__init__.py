"""How a call reaches a server, and what is accepted of the bytes that come back."""
