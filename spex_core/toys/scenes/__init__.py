"""Drawn scenes and the tiny LLaVA-NeXT that knows them."""
