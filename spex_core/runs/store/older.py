"""Runs and samples of the versions before there was a database: read once, left where they are.

Those were two kinds of file under one folder: `runs/<id>.json`, an explanation; and `samples/<key>.log`, the bytes
SPEXLOG1, the number of features, then per pass a bit-packed mask, a float64 and their CRC-32. A torn or damaged
record ends a log, and an unreadable run is left out.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from spex_core.arrays import Samples
from spex_core.errors import StoreError
from spex_core.explanation.codec import MAX_JSON_BYTES
from spex_core.explanation.result import Explanation

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_MAGIC = b"SPEXLOG1"
_HEAD = len(_MAGIC) + 4


def older_root() -> Path:
    """Folder that the versions before wrote to where none was chosen."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "spex-explorer"


def runs_in(folder: Path) -> Iterator[tuple[str, float, Explanation]]:
    """(id, seconds since the epoch when it was saved, explanation) of each readable run in a folder."""
    for path in sorted((folder / "runs").glob("*.json")):
        if not NAME.fullmatch(path.stem):
            continue
        try:
            saved = path.stat()
            if saved.st_size <= MAX_JSON_BYTES:
                yield path.stem, saved.st_mtime, Explanation.from_json(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, StoreError):
            continue


def samples_in(folder: Path) -> Iterator[tuple[str, Samples]]:
    """(key, paid passes) of each log in a folder."""
    for path in sorted((folder / "samples").glob("*.log")):
        if not NAME.fullmatch(path.stem):
            continue
        try:
            samples = parse(path.read_bytes())
        except OSError:
            continue
        if len(samples):
            yield path.stem, samples


def parse(data: bytes) -> Samples:
    """The passes of a log up to the first that is torn or damaged."""
    if len(data) < _HEAD or not data.startswith(_MAGIC):
        return Samples.empty(1)
    (n_features,) = struct.unpack("<I", data[len(_MAGIC) : _HEAD])
    width = (n_features + 7) // 8
    size = width + 12
    count = (len(data) - _HEAD) // size
    if not count:
        return Samples.empty(1)
    rows = np.frombuffer(data, dtype=np.uint8, count=count * size, offset=_HEAD).reshape(count, size)
    stored = rows[:, -4:].copy().view("<u4")[:, 0]
    intact = 0
    while intact < count and zlib.crc32(rows[intact, :-4].tobytes()) == stored[intact]:
        intact += 1
    masks = np.unpackbits(rows[:intact, :width], axis=1, count=n_features).view(bool)
    values = rows[:intact, width : width + 8].copy().view("<f8")[:, 0].astype(np.float64)
    finite = np.isfinite(values)
    return Samples(masks[finite], values[finite])
