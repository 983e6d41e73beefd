"""Inputs that once failed, kept as files."""

import hashlib
from pathlib import Path

FOLDER = Path(__file__).with_name("found")


def files():
    """All of them."""
    return sorted(path for path in FOLDER.glob("*/*") if path.is_file())


def keep(kind, data):
    """Write one; returns where it lies."""
    path = FOLDER / kind.name / f"{hashlib.sha256(data).hexdigest()[:12]}.{kind.ending}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
