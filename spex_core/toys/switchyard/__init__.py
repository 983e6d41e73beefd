"""Tram puzzles and the tiny Llamas that answer them, by a shortcut and by the rule."""
