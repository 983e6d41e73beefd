"""Where things lie that tests read."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "assets"
DATA = ROOT / "tests" / "data"
SHARED = ROOT.parent / "shared"
"""Real data for tests, which is not part of the project: skip with a reason where it is absent."""
