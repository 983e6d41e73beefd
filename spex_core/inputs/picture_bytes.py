"""What a picture file says of itself before anything is decoded: its kind, its size, and whether a PNG is whole."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from spex_core.errors import PictureError

MAX_PIXELS = 25_000_000
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"

_PNG_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"eXIf", b"IDAT", b"IEND")  # what decides the pixels of the first frame
_MOST_SCANS = 100  # a progressive JPEG has about ten; each one costs a pass over all pixels


def kind_of(data: bytes) -> str:
    """PNG, JPEG or WebP, by the first bytes.

    Raises:
        PictureError: another kind, which the message names where it is known.
    """
    if data.startswith(PNG_MAGIC):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    others = ((b"GIF8", "a GIF"), (b"BM", "a BMP"), (b"II*\0", "a TIFF"), (b"MM\0*", "a TIFF"), (b"%PDF", "a PDF"))
    found = next((name for magic, name in others if data.startswith(magic)), "no picture of a known kind")
    if data[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif"):
        found = "an AVIF" if data[8:12] == b"avif" else "an HEIC"
    raise PictureError(f"the file is {found}; use PNG, JPEG or WebP")


def size_of(kind: str, data: bytes) -> tuple[int, int]:
    """(width, height) by the header of a file of that kind.

    Raises:
        PictureError: there is no such header.
    """
    return {"PNG": png_size, "JPEG": _jpeg_size, "WebP": _webp_size}[kind](data)


def check_size(width: int, height: int) -> None:
    """Refuse what has no pixels, or more than 25 megapixels."""
    if width < 1 or height < 1:
        raise PictureError(f"the picture has {width} x {height} pixels; it needs at least 1 x 1")
    if width * height > MAX_PIXELS:
        raise PictureError(
            f"the picture has {width} x {height} pixels, {width * height / 1e6:,.1f} megapixels; "
            f"the limit is {MAX_PIXELS / 1e6:.0f} megapixels, save it smaller"
        )


def damaged(error: Exception) -> PictureError:
    """A decoder's error in one sentence."""
    reason = " ".join(str(error).split()) or type(error).__name__
    return PictureError(f"the picture is damaged and cannot be read ({reason[:120]})")


def png_size(data: bytes) -> tuple[int, int]:
    """(width, height) by the header.

    Raises:
        PictureError: there is no header.
    """
    if len(data) < 33 or data[12:16] != b"IHDR":
        raise PictureError("the picture is damaged and cannot be read (a PNG without header)")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _webp_size(data: bytes) -> tuple[int, int]:
    """Size of the canvas, which libwebp holds every frame to."""
    kind, body = data[12:16], data[20:30]
    if len(body) == 10 and kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if len(body) == 10 and kind == b"VP8 ":
        width, height = struct.unpack("<HH", body[6:10])
        return width & 0x3FFF, height & 0x3FFF
    if len(body) >= 5 and kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    raise PictureError("the picture is damaged and cannot be read (a WebP without header)")


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Size by the last frame header before the pixels, as a decoder would take it."""
    if data.count(b"\xff\xda") > _MOST_SCANS:
        raise PictureError(f"the JPEG has more than {_MOST_SCANS} scans; save it again as an ordinary JPEG")
    size, at = None, 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            at += 1  # decoders skip stray bytes between segments
            continue
        marker = data[at + 1]
        if marker in (0x00, 0x01, 0xFF) or 0xD0 <= marker <= 0xD8:
            at += 1 if marker in (0x00, 0xFF) else 2
            continue
        if marker in (0xDA, 0xD9):
            break
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC) and at + 9 <= len(data):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            size = (width, height) if size is None else (max(size[0], width), max(size[1], height))
        at += 2 + max(length, 2)
    if size is None:
        raise PictureError("the picture is damaged and cannot be read (a JPEG without header)")
    return size


def bare_png(data: bytes) -> bytes:
    """A PNG reduced to the chunks that decide its pixels: no text, no profile, no animation.

    Raises:
        PictureError: the PNG is not whole.
    """
    return b"".join([PNG_MAGIC, *(chunk for kind, chunk in _png_chunks(data) if kind in _PNG_CHUNKS)])


def check_whole_png(data: bytes) -> None:
    """Refuse a PNG that is cut off or has a byte changed anywhere before its end; nothing is decoded.

    Decoders do not do this: they skip the checksums of pixel data and stop at the last row.

    Raises:
        PictureError: the PNG is not whole.
    """
    for _ in _png_chunks(data):
        pass


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """(name, whole chunk) of every chunk to the last, each found whole first."""
    at, view = len(PNG_MAGIC), memoryview(data)
    while True:
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data):
            raise PictureError("the picture is damaged and cannot be read (the PNG ends early)")
        if zlib.crc32(view[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            raise PictureError("the picture is damaged and cannot be read (a checksum of the PNG does not fit)")
        kind = data[at + 4 : at + 8]
        yield kind, view[at:end]
        if kind == b"IEND":
            return
        at = end
