"""Which weights a model has: what passes that are kept on disk are told apart by."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from spex_core.model_loading import WANTED_FILES

_COMMIT = re.compile(r"[0-9a-f]{40}")


def folder_fingerprint(folder: Path) -> str:
    """Of a checked model folder: the commit of the Hugging Face cache where it lies there, else a digest of every file
    that `transformers` may read from it (config, tokenizer, weights), names included.

    Raises:
        OSError: a file cannot be read.
    """
    folder = Path(folder)
    if folder.parent.name == "snapshots" and _COMMIT.fullmatch(folder.name):
        return f"commit {folder.name}"
    files = sorted({path for pattern in WANTED_FILES for path in folder.glob(pattern) if path.is_file()})
    whole = hashlib.sha256()
    for path in files:
        whole.update(f"{path.name}\0{file_digest(path)}\n".encode())
    return f"files {whole.hexdigest()}"


def file_digest(path: Path) -> str:
    """SHA-256 of a file's content, computed once per size and time of change, however large it is.

    Raises:
        OSError: it cannot be read.
    """
    real = path.resolve()
    state = real.stat()
    return _digest(real, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=1024)
def _digest(path: Path, size: int, changed: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
