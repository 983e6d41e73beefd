"""A run, its input and the masked passes paid for, in one zip file that another machine can go on from.

    bundle.json   schema, sample key of the machine that wrote it, sizes, SHA-256 of every other entry
    run.json      the explanation, as `Explanation.to_json` writes it
    input.txt     the text, or input.png the picture, for people: the run holds it too
    masks.npy     (m, ceil(n / 8)) uint8, masks packed as by `numpy.packbits`, 1 = feature kept
    values.npy    (m,) float64, the model's output on each mask
    notes.json    only where there are any: the name that a person gave the run, and what they wrote about it

A bundle comes from a stranger. Sizes are read from the zip's directory and capped before anything is unpacked, nothing
is written to disk or executed, and whatever is wrong is one `StoreError`.

The digests say that a file arrived whole, not that it is true: whoever writes a bundle can write any value into it.
So imported passes never go under the key of the same question here, where the next run would take them for its own.
They keep a key made from the bundle's content (`Bundle.samples_key`), used for that imported run and no other; two
imports of one file share it, two different files never do.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spex_core import outside
from spex_core.arrays import BoolArray, FloatArray, Samples, Support
from spex_core.errors import StoreError
from spex_core.explanation.codec import MAX_JSON_BYTES
from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import SOURCES
from spex_core.runs.store.batches import distinct
from spex_core.runs.store.notes import Written, from_plain, plain
from spex_core.runs.store.records import LONGEST

SCHEMA = "spex-bundle/1"
MAX_BUNDLE_BYTES = 64_000_000
MAX_SAMPLES = 1_000_000
IMPORTED = "imported-"
"""Start of the sample keys of imported runs; those of one's own are hexadecimal digits alone."""

_MANIFEST, _RUN, _MASKS, _VALUES = "bundle.json", "run.json", "masks.npy", "values.npy"
_NOTES = "notes.json"
_INPUTS = tuple(source.file_name for source in SOURCES.values())
_MOST_BYTES = {
    _MANIFEST: 10_000,
    _RUN: MAX_JSON_BYTES,
    _MASKS: 129 * MAX_SAMPLES,
    _VALUES: 9 * MAX_SAMPLES,
    _NOTES: 1_000_000,
    **dict.fromkeys(_INPUTS, MAX_JSON_BYTES),
}
_MANIFEST_BOUNDS = outside.Bounds(size=_MOST_BYTES[_MANIFEST], items=100, containers=10, fields=50, depth=4)
_NOTES_BOUNDS = outside.Bounds(size=_MOST_BYTES[_NOTES], items=5_000, containers=300, fields=300, depth=5)
_MOST_UNPACKED = 200_000_000
_END = struct.Struct("<4s4H2LH")  # the zip's last record, where it has no comment
_MOST_DIRECTORY = 4_096
_UNREADABLE: tuple[type[Exception], ...] = (  # what Python's readers of zip and JSON raise, documented or not
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, KeyError, TypeError, ValueError),
    *(NotImplementedError, OverflowError, RuntimeError),
)
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # equal runs make equal files


@dataclass(frozen=True, eq=False)
class Bundle:
    """What a bundle holds.

    Attributes:
        explanation: the run.
        samples: the masked passes that came with it; none where it is a bare run file.
        key: what the samples were kept under on the machine that wrote it; a claim, good for nothing but showing.
        samples_key: where they are to be kept here, "" where there are none.
        name: what a person called the run, "" where it came without a name.
        notes: what they wrote about it.
    """

    explanation: Explanation
    samples: Samples
    key: str
    samples_key: str
    name: str = ""
    notes: Written = field(default_factory=dict)


def write_bundle(
    explanation: Explanation,
    samples: Samples,
    key: str,
    name: str = "",
    notes: Mapping[Support, str] | None = None,
) -> bytes:
    """A bundle as bytes.

    Args:
        explanation: the run.
        samples: the masked passes to go with it, of the same features.
        key: what they are kept under here.
        name: what a person called the run.
        notes: what they wrote about it.

    Raises:
        StoreError: masks of another width, a value that is not finite, or more than `read_bundle` would take.
    """
    _check_samples(samples, explanation.n_features)
    entries = {
        _RUN: explanation.to_json().encode("utf-8"),
        **_input(explanation),
        _MASKS: _npy(np.packbits(samples.masks, axis=1), "|u1"),
        _VALUES: _npy(samples.values, "<f8"),
        **_written(name, notes or {}),
    }
    manifest = {
        "schema": SCHEMA,
        "key": key,
        "features": explanation.n_features,
        "samples": len(samples),
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in entries.items()},
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {_MANIFEST: json.dumps(manifest, indent=1).encode(), **entries}.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    written = file.getvalue()
    if len(written) > MAX_BUNDLE_BYTES:
        raise StoreError(f"the bundle has {_megabytes(len(written))}; {_megabytes(MAX_BUNDLE_BYTES)} is the limit")
    return written


def read_saved(data: bytes) -> Bundle:
    """A run from a file, either kind: a bundle, or the JSON of a run (then without samples).

    Raises:
        StoreError: see `read_bundle` and `Explanation.from_json`.
    """
    if data[:2] == b"PK":
        return read_bundle(data)
    if len(data) > MAX_JSON_BYTES:
        raise StoreError(f"the run file has {_megabytes(len(data))}; {_megabytes(MAX_JSON_BYTES)} is the limit")
    explanation = Explanation.from_json(_decoded(data, "the run file"))
    return Bundle(explanation, Samples.empty(explanation.n_features), "", "")


def read_bundle(data: bytes) -> Bundle:
    """What `write_bundle` wrote.

    Raises:
        StoreError: too large, no bundle, damaged, or not consistent; the message is one plain line.
    """
    try:
        return _read(_unpacked(data))
    except _UNREADABLE as error:
        raise StoreError(f"not a readable bundle: {type(error).__name__}: {_line(str(error))}") from error


def _unpacked(data: bytes) -> dict[str, bytes]:
    """The entries by name, after the directory was found acceptable."""
    if len(data) > MAX_BUNDLE_BYTES:
        raise StoreError(f"the bundle has {_megabytes(len(data))}; {_megabytes(MAX_BUNDLE_BYTES)} is the limit")
    _check_end(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        listed = archive.infolist()
        names = [entry.filename for entry in listed]
        unknown = [name for name in names if name not in _MOST_BYTES]
        if unknown:
            raise StoreError(f"the bundle holds {unknown[0][:80]!r}, which no bundle has")
        if len(set(names)) != len(names):
            raise StoreError("the bundle holds an entry twice")
        for entry in listed:
            if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise StoreError(f"{entry.filename} in the bundle is encrypted or packed in an unknown way")
            if entry.file_size > _MOST_BYTES[entry.filename]:
                raise StoreError(f"{entry.filename} in the bundle is too large: {_megabytes(entry.file_size)}")
        if sum(entry.file_size for entry in listed) > _MOST_UNPACKED:
            raise StoreError(f"the bundle unpacks to more than {_megabytes(_MOST_UNPACKED)}, the limit")
        return {entry.filename: archive.read(entry) for entry in listed}  # stops at the size that was checked


def _check_end(data: bytes) -> None:
    """Refuse a zip whose directory is large, before Python's reader builds an object per line of it."""
    if len(data) < _END.size:
        raise StoreError("the file is no bundle")
    signature, _, _, _, count, size, _, comment = _END.unpack(data[-_END.size :])
    if signature != b"PK\x05\x06" or comment or data[-_END.size - 20 : -_END.size - 16] == b"PK\x06\x07":
        raise StoreError("the file is no bundle, or was cut short")
    if count > len(_MOST_BYTES) or size > _MOST_DIRECTORY:
        raise StoreError(f"the bundle has {count} entries; {len(_MOST_BYTES)} is the limit")


def _read(entries: dict[str, bytes]) -> Bundle:
    missing = [name for name in (_MANIFEST, _RUN, _MASKS, _VALUES) if name not in entries]
    if missing:
        raise StoreError(f"the bundle has no {missing[0]}")
    manifest = _manifest(entries)
    explanation = Explanation.from_json(_decoded(entries[_RUN], _RUN))
    expected = _input(explanation)
    if {name: entries[name] for name in _INPUTS if name in entries} != expected:
        raise StoreError("the input in the bundle is not that of its run")
    count = manifest["samples"]
    if (
        manifest.get("features") != explanation.n_features
        or not isinstance(count, int)
        or not 0 <= count <= MAX_SAMPLES
    ):
        raise StoreError(f"the bundle's own account of its sizes is wrong; it can hold up to {MAX_SAMPLES:,} samples")
    samples = Samples(*_arrays(entries, count, explanation.n_features))
    _check_samples(samples, explanation.n_features)
    samples_key = _imported_key(manifest["sha256"]) if len(samples) else ""
    return Bundle(explanation, samples, manifest["key"], samples_key, *_notes(entries, explanation.n_features))


def _written(name: str, notes: Mapping[Support, str]) -> dict[str, bytes]:
    """The entry of name and notes, none where there are none."""
    found = plain(notes)
    return {_NOTES: json.dumps({"name": name, "notes": found}).encode()} if name or found else {}


def _notes(entries: dict[str, bytes], n_features: int) -> tuple[str, Written]:
    """What `_written` wrote."""
    if _NOTES not in entries:
        return "", {}
    data = outside.parse(_decoded(entries[_NOTES], _NOTES), _NOTES_BOUNDS)
    if not isinstance(data, dict) or not isinstance(data.get("name"), str):
        raise StoreError(f"{_NOTES} in the bundle holds no name and notes")
    return " ".join(data["name"].split())[:LONGEST], from_plain(data.get("notes"), n_features)


def _manifest(entries: dict[str, bytes]) -> dict[str, Any]:
    """The bundle's account of itself, whose digests fit its entries."""
    manifest = outside.parse(_decoded(entries[_MANIFEST], _MANIFEST), _MANIFEST_BOUNDS)
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        found = str(manifest.get("schema"))[:80] if isinstance(manifest, dict) else None
        raise StoreError(f"schema {found!r} is not {SCHEMA!r}")
    if not isinstance(manifest.get("key"), str) or not _KEY.fullmatch(manifest["key"]):
        raise StoreError("the bundle's sample key is not acceptable")
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in entries.items() if name != _MANIFEST}
    if manifest.get("sha256") != digests:
        raise StoreError("an entry of the bundle does not have the digest that the bundle states for it")
    return manifest


def _arrays(entries: dict[str, bytes], count: int, n_features: int) -> tuple[BoolArray, FloatArray]:
    width = (n_features + 7) // 8
    packed = np.frombuffer(_content(entries, _MASKS, "|u1", (count, width)), "|u1").reshape(count, width)
    values = np.frombuffer(_content(entries, _VALUES, "<f8", (count,)), "<f8")
    padding = 8 * width - n_features
    if padding and (packed[:, -1] & ((1 << padding) - 1)).any():
        raise StoreError(f"a mask in the bundle is wider than its {n_features} features")
    return np.unpackbits(packed, axis=1, count=n_features).astype(bool), values.astype(np.float64)


def _content(entries: dict[str, bytes], name: str, kind: str, shape: tuple[int, ...]) -> bytes:
    """The bytes of an array whose type and shape are known: its header is compared, never interpreted."""
    head = _npy_header(kind, shape)
    if not entries[name].startswith(head):
        raise StoreError(f"{name} in the bundle is no NumPy array of type {kind} and shape {shape}")
    content = entries[name][len(head) :]
    expected = math.prod(shape) * np.dtype(kind).itemsize
    if len(content) != expected:
        raise StoreError(f"{name} in the bundle has {len(content)} bytes of content; its shape needs {expected}")
    return content


def _check_samples(samples: Samples, n_features: int) -> None:
    if samples.masks.shape[1] != n_features:
        raise StoreError(f"masks of {samples.masks.shape[1]} features do not fit a run of {n_features}")
    if len(samples) > MAX_SAMPLES:
        raise StoreError(f"{len(samples)} samples; the limit is {MAX_SAMPLES}")
    if not np.isfinite(samples.values).all():
        raise StoreError("a value in the samples is not finite")
    if not distinct(np.packbits(samples.masks, axis=1)).all():
        raise StoreError("a mask occurs twice in the samples")


def _imported_key(digests: dict[str, str]) -> str:
    """Where the samples of a bundle with these digests are kept: see the top of this file."""
    content = json.dumps(sorted(digests.items())).encode()
    return IMPORTED + hashlib.sha256(content).hexdigest()[:32]


def _input(explanation: Explanation) -> dict[str, bytes]:
    """The input as a file of its own; none for a bare value function."""
    source = explanation.source
    return {} if source is None else {source.file_name: source.content}


def _npy(array: np.ndarray[Any, np.dtype[Any]], kind: str) -> bytes:
    return _npy_header(kind, array.shape) + array.astype(kind).tobytes()


def _npy_header(kind: str, shape: tuple[int, ...]) -> bytes:
    """Format 1.0 of NumPy's files, written here so that all versions write the same (numpy.lib.format says how)."""
    said = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    said += " " * (-(len(said) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(said)) + said.encode("ascii")


def _decoded(data: bytes, name: str) -> str:
    try:
        return outside.decoded(data)
    except ValueError:
        raise StoreError(f"{name} is not text in UTF-8, so it is no saved run") from None


def _line(text: str) -> str:
    return " ".join(text.split())[:200]


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
