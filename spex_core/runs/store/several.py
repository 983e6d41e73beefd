"""Bundles of several runs in one zip file.

It comes from a stranger as a bundle does: names and sizes are read from the directory and bounded before anything is
unpacked, entries are stored as they are, so that nothing grows, and each is then read as the bundle it says it is.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence

from spex_core.errors import StoreError
from spex_core.runs.store.bundle import MAX_BUNDLE_BYTES

MOST_RUNS = 50
_EPOCH = (1980, 1, 1, 0, 0, 0)  # equal runs make equal files
_UNSAFE = re.compile(r"[^\w.-]+")
_LONGEST = 60


def write_several(bundles: Sequence[tuple[str, bytes]]) -> bytes:
    """One file of bundles.

    Args:
        bundles: (what the run is called, its bundle), at most `MOST_RUNS`.

    Raises:
        StoreError: too many, or too large for `read_several` and the field that takes it.
    """
    if not 1 <= len(bundles) <= MOST_RUNS:
        raise StoreError(f"{len(bundles)} runs; a file holds 1 to {MOST_RUNS}")
    size = sum(len(data) for _, data in bundles)
    if size > MAX_BUNDLE_BYTES - 100_000:
        raise StoreError(
            f"the runs have {size / 1e6:,.0f} MB; {MAX_BUNDLE_BYTES / 1e6:.0f} MB is the limit of one file"
        )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for number, (name, data) in enumerate(bundles, start=1):
            safe = _UNSAFE.sub("-", name)[:_LONGEST].strip("-.") or "run"
            archive.writestr(zipfile.ZipInfo(f"{number:02}-{safe}.zip", _EPOCH), data)
    return file.getvalue()


def read_several(data: bytes) -> list[tuple[str, bytes]]:
    """(file name without its number, bundle) of each entry; none where the file is something else.

    Raises:
        StoreError: a file of bundles that is too large or damaged.
    """
    if data[:2] != b"PK" or len(data) > MAX_BUNDLE_BYTES:
        return []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            listed = archive.infolist()
            if not listed or not all(re.fullmatch(r"\d\d-[^/\\]{1,80}\.zip", entry.filename) for entry in listed):
                return []
            if len(listed) > MOST_RUNS:
                raise StoreError(f"the file holds {len(listed)} runs; {MOST_RUNS} is the limit")
            if any(entry.compress_type != zipfile.ZIP_STORED or entry.file_size > len(data) for entry in listed):
                raise StoreError("the bundles in the file are packed in a way that this app does not write")
            return [(entry.filename[3:], archive.read(entry)) for entry in listed]
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        raise StoreError(f"not a readable file of bundles: {type(error).__name__}") from error
