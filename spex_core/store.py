"""Runs and paid-for samples on disk.

Two kinds of file under one folder: `runs/<id>.json`, an explanation as data, replaced atomically; and
`samples/<key>.log`, an append-only log of masked passes that survives a killed process: every batch is
flushed to disk before it counts as paid, and a torn last record is ignored on reading.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spex_core.errors import StoreError
from spex_core.explanation import Explanation
from spex_core.explanation_json import MAX_JSON_BYTES
from spex_core.protocols import ModelSpec
from spex_core.samples import Samples

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_MAGIC = b"SPEXLOG1"


def default_root() -> Path:
    """Folder for runs: SPEX_EXPLORER_HOME, else the user's state folder."""
    chosen = os.environ.get("SPEX_EXPLORER_HOME")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "spex-explorer"


@dataclass(frozen=True)
class SavedRun:
    """One line of the list of saved runs.

    Attributes:
        id: name in the store.
        saved_at: seconds since the epoch.
    """

    id: str
    saved_at: float


def sample_key(text: str, model: ModelSpec, unit: str, masking: str) -> str:
    """Name of the sample log of one set function: same text, model, unit and masking, any budget or seed."""
    identity = json.dumps([text, model.name, sorted(model.options.items()), unit, masking], ensure_ascii=True)
    return hashlib.sha256(identity.encode()).hexdigest()[:32]


def picture_key(digest: str, model: ModelSpec, grid: tuple[int, int], masking: str, question_words: bool) -> str:
    """Name of the sample log of one set function of a picture.

    Args:
        digest: `pictures.digest` of the picture.
        model: settled, so that the answer scored is part of it.
        grid: (columns, rows).
        masking: how patches are hidden.
        question_words: whether the question's words are features too.
    """
    identity = json.dumps(
        ["picture", digest, model.name, sorted(model.options.items()), list(grid), masking, question_words]
    )
    return hashlib.sha256(identity.encode()).hexdigest()[:32]


class RunStore:
    """Saved runs and sample logs under one folder.

    Args:
        root: the folder, made on first write; default `default_root()`.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = default_root() if root is None else Path(root)
        self._intact: dict[tuple[str, int], int] = {}  # length of each log as this store last left it

    def save(self, run_id: str, explanation: Explanation) -> None:
        """Write or replace a run.

        Raises:
            StoreError: unacceptable name, or the disk refused; an older version stays as it was.
        """
        path = self._run_path(run_id)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(temporary, "w", encoding="utf-8") as file:
                file.write(explanation.to_json())
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise StoreError(f"could not save the run: {error.strerror or error}") from error

    def load(self, run_id: str) -> Explanation:
        """Read a run.

        Raises:
            StoreError: unacceptable name, missing, corrupt or too large.
        """
        path = self._run_path(run_id)
        try:
            if path.stat().st_size > MAX_JSON_BYTES:
                raise StoreError(f"run {run_id} is larger than {MAX_JSON_BYTES} bytes")
            return Explanation.from_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise StoreError(f"there is no run {run_id}") from None
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"could not read run {run_id}: {error}") from error

    def list(self) -> list[SavedRun]:
        """Every saved run, newest first."""
        found = [
            SavedRun(path.stem, path.stat().st_mtime)
            for path in (self.root / "runs").glob("*.json")
            if _NAME.fullmatch(path.stem)
        ]
        return sorted(found, key=lambda run: (-run.saved_at, run.id))

    def delete(self, run_id: str) -> None:
        """Remove a run; its samples stay, they are paid for."""
        self._run_path(run_id).unlink(missing_ok=True)

    def samples(self, key: str, n_features: int) -> Samples:
        """Every intact sample in a log; none where there is no log or it belongs to another n."""
        path = self._log_path(key)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return Samples.empty(n_features)
        except OSError as error:
            raise StoreError(f"could not read paid samples: {error.strerror or error}") from error
        masks, values, _ = _parse(data, n_features)
        return Samples(masks, values)

    def append(self, key: str, samples: Samples) -> None:
        """Add paid samples; on return they are on disk.

        Raises:
            StoreError: the disk refused (full, read-only); what was there stays readable.
        """
        path = self._log_path(key)
        n = samples.masks.shape[1]
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "ab+") as file:
                intact = file.seek(0, os.SEEK_END)
                if self._intact.get((key, n)) != intact:  # new to this store, or somebody else wrote to it
                    file.seek(0)
                    _, _, intact = _parse(file.read(), n)
                    file.truncate(intact)
                payload = _header(n) if intact == 0 else b""
                payload += b"".join(
                    _record(mask, value) for mask, value in zip(samples.masks, samples.values.tolist(), strict=True)
                )
                file.write(payload)
                file.flush()
                os.fsync(file.fileno())
                self._intact[key, n] = intact + len(payload)
        except OSError as error:
            raise StoreError(f"could not save paid samples, so the run stops: {error.strerror or error}") from error

    def _run_path(self, run_id: str) -> Path:
        return self.root / "runs" / f"{_checked(run_id)}.json"

    def _log_path(self, key: str) -> Path:
        return self.root / "samples" / f"{_checked(key)}.log"


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise StoreError(f"run name {name!r} is refused; use letters, digits, '-' and '_', at most 64")
    return name


def _header(n_features: int) -> bytes:
    return _MAGIC + struct.pack("<I", n_features)


def _record(mask: np.ndarray, value: float) -> bytes:
    body = np.packbits(mask).tobytes() + struct.pack("<d", value)
    return body + struct.pack("<I", zlib.crc32(body))


def _parse(data: bytes, n_features: int) -> tuple[np.ndarray, np.ndarray, int]:
    """(masks, values, length of the intact part) of a log's bytes."""
    head = len(_MAGIC) + 4
    none = np.zeros((0, n_features), dtype=bool), np.zeros(0), 0
    if data[:head] != _header(n_features):
        return none
    width = (n_features + 7) // 8
    size = width + 12
    count = (len(data) - head) // size
    rows = np.frombuffer(data, dtype=np.uint8, count=count * size, offset=head).reshape(count, size)
    stored = rows[:, -4:].copy().view("<u4")[:, 0]
    intact = 0
    while intact < count and zlib.crc32(rows[intact, :-4].tobytes()) == stored[intact]:
        intact += 1
    rows = rows[:intact]
    masks = np.unpackbits(rows[:, :width], axis=1, count=n_features).astype(bool)
    values = rows[:, width : width + 8].copy().view("<f8")[:, 0].astype(np.float64)
    return masks, values, head + intact * size
