"""One run: features, design, evaluate, fit, judge. Read `explain.py` first."""
