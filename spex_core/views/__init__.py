"""Views: one file per picture, pure functions from an explanation, or what is `Shown` of it, to data or a figure."""
