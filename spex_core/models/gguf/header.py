"""What a GGUF file says of itself, read within bounds before any library opens it.

Layout (GGUF versions 2 and 3, little endian): magic, version, how many tensors and settings there are, the settings,
one entry a tensor (name, shape, type, place), padding, the tensors. https://github.com/ggml-org/ggml, docs/gguf.md.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

from spex_core.errors import InputError

MAGIC = b"GGUF"
VERSIONS = (2, 3)
MOST_SETTINGS = 10_000
MOST_TENSORS = 200_000
MOST_ITEMS = 8_000_000
"""Elements of all arrays: the tokens and merges of a large vocabulary are less than a million."""
MOST_BYTES = 1 << 28
"""Of settings and entries together."""
_MOST_TEXT = 1 << 24
_MOST_AXES = 4
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _ARRAY = 8, 9
_EMBEDDING = ("token_embd.weight", "output.weight")


@dataclass(frozen=True)
class Header:
    """A GGUF file's own account of the model in it.

    Attributes:
        architecture: as llama.cpp calls it, such as "llama".
        settings: every setting that is one number or text.
        parameters: weights in all.
        embedded: of those the ones of the embedding and the output layer.
        items: elements of its arrays, which is the vocabulary: what decides how long reading it takes.
        file_bytes: the file's size.
    """

    architecture: str
    settings: dict[str, Any]
    parameters: int
    embedded: int
    items: int
    file_bytes: int

    def number(self, name: str) -> int:
        """A setting of the architecture that is a whole number, such as "block_count"; 0 where there is none."""
        value = self.settings.get(f"{self.architecture}.{name}")
        return value if isinstance(value, int) else 0


def read_header(path: Path) -> Header:
    """The header of a GGUF file, whose every tensor was found to lie within the file.

    Raises:
        InputError: it is no GGUF file, damaged, cut off or beyond a bound; one sentence.
    """
    try:
        with open(path, "rb") as file:
            return _Reader(file, path).header()
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror or error}") from None
    except (struct.error, UnicodeDecodeError, OverflowError):
        raise InputError(f"{path.name} is damaged: its header breaks off or makes no sense") from None


class _Reader:
    """Reads on from where it is; a text or an array is measured before it is read."""

    def __init__(self, file: BufferedReader, path: Path) -> None:
        self._file, self._name = file, path.name
        self._size = path.stat().st_size
        self._items = 0

    def header(self) -> Header:
        if self._file.read(4) != MAGIC:
            raise InputError(f"{self._name} is no GGUF file: it does not begin with {MAGIC.decode()}")
        version = self._one("I")
        if version not in VERSIONS:
            known = " and ".join(map(str, VERSIONS))
            raise InputError(f"{self._name} is of GGUF version {version}; versions {known} (little endian) are read")
        tensors, settings = self._one("Q"), self._one("Q")
        self._check("tensors", tensors, MOST_TENSORS)
        self._check("settings", settings, MOST_SETTINGS)
        read = dict(self._setting() for _ in range(settings))
        entries = [self._tensor() for _ in range(tensors)]
        architecture = read.get("general.architecture")
        if not isinstance(architecture, str) or not entries:
            raise InputError(f"{self._name} holds no model: it names no architecture, or has no tensors")
        self._check_places(entries, read.get("general.alignment", 32))
        counts = {name: math.prod(shape) for name, shape, _, _ in entries}
        embedded = sum(counts.get(name, 0) for name in _EMBEDDING)
        return Header(architecture, read, sum(counts.values()), embedded, self._items, self._size)

    def _setting(self) -> tuple[str, Any]:
        name = self._text()
        return name, self._value(self._one("I"))

    def _value(self, kind: int, depth: int = 0) -> Any:
        """A number or a text; None for an array, which is passed over."""
        if kind in _NUMBERS:
            return self._one(_NUMBERS[kind])
        if kind == _TEXT:
            return self._text()
        if kind != _ARRAY or depth > 1:
            raise InputError(f"{self._name} is damaged: a setting is of the unknown kind {kind}")
        inner, count = self._one("I"), self._one("Q")
        self._items += count
        self._check("elements of arrays", self._items, MOST_ITEMS)
        if inner in _NUMBERS:
            self._pass(count * struct.calcsize(f"<{_NUMBERS[inner]}"))
        else:
            for _ in range(count):
                if inner == _TEXT:
                    self._pass(self._one("Q"))
                else:
                    self._value(inner, depth + 1)
        return None

    def _tensor(self) -> tuple[str, tuple[int, ...], int, int]:
        """(name, shape, type, place behind the header)."""
        name, axes = self._text(), self._one("I")
        if not 1 <= axes <= _MOST_AXES:
            raise InputError(f"{self._name} is damaged: a tensor has {axes} axes")
        shape = tuple(self._one("Q") for _ in range(axes))
        return name, shape, self._one("I"), self._one("Q")

    def _check_places(self, entries: list[tuple[str, tuple[int, ...], int, int]], alignment: Any) -> None:
        """Refuse tensors that lie outside of the file, as they do in one that was cut off."""
        from gguf.constants import GGML_QUANT_SIZES

        sizes = {int(kind): size for kind, size in GGML_QUANT_SIZES.items()}
        if not isinstance(alignment, int) or not 1 <= alignment <= 1 << 16:
            raise InputError(f"{self._name} is damaged: its alignment makes no sense")
        begin = -(-self._file.tell() // alignment) * alignment
        for name, shape, kind, place in entries:
            if kind not in sizes:
                raise InputError(f"{self._name} has tensors of a kind ({kind}) that the installed gguf does not read")
            values, stored = sizes[kind]
            count = math.prod(shape)
            if count < 1 or count % values or begin + place + count // values * stored > self._size:
                raise InputError(f"{self._name} is cut off or damaged: {name[:60]} does not lie in it whole")

    def _one(self, kind: str) -> Any:
        return struct.unpack(f"<{kind}", self._bytes(struct.calcsize(f"<{kind}")))[0]

    def _text(self) -> str:
        length = self._one("Q")
        self._check("bytes of a text", length, _MOST_TEXT)
        return self._bytes(length).decode("utf-8")

    def _bytes(self, count: int) -> bytes:
        self._check_left(count)
        return self._file.read(count)

    def _pass(self, count: int) -> None:
        self._check_left(count)
        self._file.seek(count, 1)

    def _check_left(self, count: int) -> None:
        end = self._file.tell() + count
        if end > self._size:
            raise InputError(f"{self._name} is cut off: its header goes on behind the file's end")
        self._check("bytes of header", end, MOST_BYTES)

    def _check(self, what: str, count: int, most: int) -> None:
        if count > most:
            raise InputError(f"{self._name} has {count:,} {what}, above the limit of {most:,}")
