"""Masked passes as bytes: masks bit-packed, values as float64, one checksum over both."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from spex_core.arrays import BoolArray, Samples
from spex_core.errors import StoreError


@dataclass(frozen=True)
class Batch:
    """Masked passes that were written together.

    Attributes:
        rows: number of passes.
        masks: bit-packed, first feature in the highest bit, each row from a new byte.
        values: little-endian float64.
        checksum: CRC-32 of masks and values, as a signed 32-bit number.
    """

    rows: int
    masks: bytes
    values: bytes
    checksum: int

    def intact(self, n_features: int) -> bool:
        """Whether the bytes are those that were written, for so many features."""
        fits = len(self.masks) == self.rows * _width(n_features) and len(self.values) == 8 * self.rows
        return fits and _checksum(self.masks, self.values) == self.checksum


def pack(samples: Samples) -> Batch:
    """Masked passes as bytes.

    Raises:
        StoreError: a value that is not finite, which no model output is.
    """
    if not np.isfinite(samples.values).all():
        raise StoreError("a value that is not finite cannot be kept as a paid pass")
    masks = np.packbits(samples.masks, axis=1).tobytes()
    values = samples.values.astype("<f8").tobytes()
    return Batch(len(samples), masks, values, _checksum(masks, values))


def unpack(batches: Iterable[Batch], n_features: int) -> Samples:
    """The distinct passes of every intact batch, in order; of a mask that was paid for twice, the first."""
    whole = [batch for batch in batches if batch.intact(n_features)]
    rows = sum(batch.rows for batch in whole)
    packed = np.frombuffer(b"".join(batch.masks for batch in whole), dtype=np.uint8).reshape(rows, _width(n_features))
    values = np.frombuffer(b"".join(batch.values for batch in whole), dtype="<f8").astype(np.float64)
    kept = distinct(packed) & np.isfinite(values)
    if not kept.all():
        packed, values = packed[kept], values[kept]
    masks = np.unpackbits(packed, axis=1, count=n_features).view(bool)
    return Samples(masks, values)


def distinct(packed: np.ndarray) -> BoolArray:
    """Which rows of an array of bytes stand there for the first time."""
    width = packed.shape[1]
    data = packed.tobytes()
    rows = [data[at : at + width] for at in range(0, len(data), width)]
    kept = np.ones(len(rows), dtype=bool)
    if len(set(rows)) < len(rows):
        seen: set[bytes] = set()
        for at, row in enumerate(rows):
            kept[at] = row not in seen
            seen.add(row)
    return kept


def _width(n_features: int) -> int:
    return (n_features + 7) // 8


def _checksum(masks: bytes, values: bytes) -> int:
    unsigned = zlib.crc32(values, zlib.crc32(masks))
    return unsigned - (1 << 32) if unsigned >= 1 << 31 else unsigned
