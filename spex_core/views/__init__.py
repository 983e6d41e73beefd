"""Views: one file per picture, pure functions from an explanation to plain data or a Plotly figure."""
