"""Where converted models are kept, and which of them are whole.

A copy is a folder with a manifest, which is written last and holds a SHA-256 of every other file: what was cut short,
damaged or changed is no copy, and is made again. Folders are made aside and renamed, so that none is ever seen half.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from spex_core.errors import ModelError
from spex_core.models.folder_files import read_json
from spex_core.models.folders import file_digest

MANIFEST = "manifest"  # without an ending: no file that transformers reads, and none that the fingerprint is made of
_ASIDE = ".making-"
VERSION = 1
"""Of the conversion: another one leaves the copies of older ones alone."""
_QUICK = 1 << 29  # bytes that are hashed while somebody waits


@dataclass(frozen=True)
class Copy:
    """A converted model.

    Attributes:
        folder: where it lies.
        name: of the file that it was made of.
        size: bytes on the disk.
    """

    folder: Path
    name: str
    size: int


def converted_root() -> Path:
    """Folder of the copies: in SPEX_EXPLORER_CACHE, else in the user's cache folder. It may not be there yet."""
    chosen = os.environ.get("SPEX_EXPLORER_CACHE")
    if chosen:
        return Path(chosen) / "converted"
    from platformdirs import user_cache_path

    return user_cache_path("spex-explorer", appauthor=False) / "converted"


def copies() -> list[Copy]:
    """Every copy, by name, damaged ones and those that were cut short included."""
    found = []
    with suppress(OSError):
        for folder in converted_root().iterdir():
            if folder.is_dir():
                name = str(read_json(folder / MANIFEST).get("name") or folder.name)
                found.append(Copy(folder, name, _size(folder)))
    return sorted(found, key=lambda copy: copy.name)


def clear() -> int:
    """Delete every copy that no process is making; returns the bytes that became free.

    A process that has a copy loaded keeps it.

    Raises:
        ModelError: the disk refused.
    """
    freed = 0
    for copy in copies():
        try:
            with lock_of(copy.folder.name.removeprefix(_ASIDE), timeout=0):
                shutil.rmtree(copy.folder)
        except Timeout:
            continue
        except OSError as error:
            raise ModelError(f"{copy.folder} cannot be deleted: {error.strerror or error}") from error
        freed += copy.size
    return freed


def lock_of(key: str, timeout: float = -1) -> FileLock:
    """What is held while the copy called `key` is made or deleted; a process that ends lets go of it."""
    return FileLock(converted_root() / f"{key}.lock", timeout=timeout)


def aside(key: str) -> Path:
    """Where a copy is made before it is renamed; only who holds its lock may touch it."""
    return converted_root() / f"{_ASIDE}{key}"


def seal(folder: Path, source: Path, digest: str) -> None:
    """Write the manifest of a folder whose other files are complete.

    Args:
        folder: of the copy, still aside.
        source: the file that it was made of.
        digest: SHA-256 of that.

    Raises:
        OSError: the disk refused.
    """
    state = source.stat()
    manifest = {
        "name": source.name,
        "sha256": digest,
        "size": state.st_size,
        "modified": state.st_mtime_ns,
        "files": {path.name: file_digest(path) for path in sorted(folder.iterdir())},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def is_whole(folder: Path) -> bool:
    """Whether a copy is as it was made, to the last bit. Files that have not changed are read once a process."""
    files: Any = read_json(folder / MANIFEST).get("files")
    if not isinstance(files, dict) or not files:
        return False
    try:
        here = {path.name for path in folder.iterdir()} - {MANIFEST}
        return here == set(files) and all(file_digest(folder / name) == files[name] for name in here)
    except OSError:
        return False


def key_of(source: Path, digest: str, precision: str) -> str:
    """Name of the copy that is made of a file.

    Args:
        source: the file.
        digest: its SHA-256.
        precision: of the copy's weights.
    """
    stem = re.sub(r"[^\w.-]+", "-", source.stem)[:60]
    return f"{stem}-{digest[:16]}-{precision}-v{VERSION}"


def likely_copy(source: Path, precision: str) -> Path | None:
    """The copy that seems to be there, for forecasts: a large file is told by its name, size and time of change.

    Raises:
        OSError: the file cannot be read.
    """
    state = source.stat()
    if state.st_size <= _QUICK:
        folder = converted_root() / key_of(source, file_digest(source), precision)
        return folder if (folder / MANIFEST).is_file() else None
    for folder in converted_root().glob(f"*-{precision}-v{VERSION}"):
        made = read_json(folder / MANIFEST)
        known = (made.get("name"), made.get("size"), made.get("modified"))
        if not folder.name.startswith(_ASIDE) and known == (source.name, state.st_size, state.st_mtime_ns):
            return folder
    return None


def _size(folder: Path) -> int:
    total = 0
    for path in folder.iterdir():
        with suppress(OSError):
            total += path.lstat().st_size
    return total
