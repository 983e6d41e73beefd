"""Pictures as input: what a picture model is given, and how a file becomes it.

Everything here gives the same plain form: upright, RGB, opaque, without metadata, at most 2,048 pixels on the long
side. Limits are read from a file's header before anything is decoded, so memory stays bounded.
"""

from __future__ import annotations

import hashlib
import io
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spex_core.errors import InputError, PictureError, check_whole
from spex_core.inputs.picture_bytes import MAX_PIXELS as MAX_PIXELS
from spex_core.inputs.picture_bytes import (
    PNG_MAGIC,
    bare_png,
    check_size,
    check_whole_png,
    damaged,
    kind_of,
    png_size,
    size_of,
)

if TYPE_CHECKING:
    from PIL.Image import Image

MASKINGS = ("blur", "mean", "grey")
MAX_BYTES = 10_000_000
MAX_SIDE = 2048
MAX_STORED_BYTES = 16_000_000  # a PNG of 2,048 x 2,048 pixels of noise has 12.6 MB
MAX_GRID = 64
DEFAULT_GRID = (8, 6)

_ORIENTATION = 0x0112
_TURNS = {  # EXIF orientation -> the `PIL.Image.Transpose` that undoes it
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}


@dataclass(frozen=True, eq=False)
class PictureQuestion:
    """One masked input of a picture model whose question is masked too.

    Attributes:
        image: the picture, masked or not.
        question: the question, masked or not; None for the backend's own.
    """

    image: Image
    question: str | None = None


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture as it is explained.

    Attributes:
        image: upright, RGB, without metadata, at most 2,048 pixels on the long side.
        note: what was changed on the way, in words, "" where nothing was that a person would notice.
    """

    image: Image
    note: str = ""


def read_picture(data: bytes) -> Image:
    """The first frame of a PNG, JPEG or WebP file: see `open_picture`, whose note this leaves out."""
    return open_picture(data).image


def as_picture(picture: Image | str | Path | bytes) -> Image:
    """Any picture in the form that is explained: see `open_picture`, whose note this leaves out."""
    return open_picture(picture).image


def open_picture(picture: Image | str | Path | bytes, max_bytes: int = MAX_BYTES) -> Picture:
    """Bring a picture to the form that is explained, from a file, a file's bytes or a PIL image.

    Transparency is laid on white; a long side above 2,048 pixels is reduced to that, because no supported model
    reads more detail.

    Raises:
        PictureError: not a PNG, JPEG or WebP, damaged, above 10 MB or 25 megapixels, or in a mode that states no
            range (I, F) and not from 0 to 255; the message says which.
    """
    if isinstance(picture, str | Path):
        picture = _read_file(Path(picture), max_bytes)
    if isinstance(picture, bytes | bytearray | memoryview):
        return _plain(_open(bytes(picture), max_bytes))
    from PIL import Image

    if not isinstance(picture, Image.Image):
        raise PictureError(f"a {type(picture).__name__} is not a picture; pass a PIL image, a path or bytes")
    check_size(*picture.size)
    return _plain(picture)


def png_bytes(image: Image) -> bytes:
    """The pixels of an RGB image as PNG, lossless and without metadata."""
    file = io.BytesIO()
    _stripped(image).save(file, format="PNG")
    return file.getvalue()


def digest(image: Image) -> str:
    """SHA-256 of an RGB image's size and pixels, however it is encoded."""
    return hashlib.sha256(struct.pack("<II", *image.size) + image.tobytes()).hexdigest()


def check_png(data: bytes) -> tuple[int, int]:
    """(width, height) of a PNG by its header; nothing is decoded.

    Raises:
        PictureError: not a PNG, or above 25 megapixels.
    """
    if not data.startswith(PNG_MAGIC):
        raise PictureError("the picture is not a PNG")
    size = png_size(data)
    check_size(*size)
    return size


def check_grid(grid: object, size: tuple[int, int] | None = None) -> tuple[int, int]:
    """`grid` as (columns, rows), each 1 to 64 and no more than the picture's pixels.

    Args:
        grid: a pair of whole numbers.
        size: (width, height) in pixels, where known.

    Raises:
        InputError: not such a pair, or finer than the pixels.
    """
    if not isinstance(grid, list | tuple) or len(grid) != 2:
        raise InputError(f"grid={grid!r} is not (columns, rows), such as (8, 6)")
    columns = check_whole("grid columns", grid[0], 1, MAX_GRID)
    rows = check_whole("grid rows", grid[1], 1, MAX_GRID)
    if size is not None and (columns > size[0] or rows > size[1]):
        raise InputError(
            f"a grid of {columns} x {rows} is finer than a picture of {size[0]} x {size[1]} pixels; "
            f"use at most {min(columns, size[0])} x {min(rows, size[1])}"
        )
    return columns, rows


def patch_name(row: int, column: int) -> str:
    """Name of a grid cell: row letter and column number, "A1" top left; after Z come AA, AB, ..."""
    letters = ""
    row += 1
    while row:
        row, rest = divmod(row - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{column + 1}"


def _read_file(path: Path, max_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        raise PictureError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None


# Before decoding


def _open(data: bytes, max_bytes: int) -> Image:
    """A file's bytes as a PIL image that is not decoded yet."""
    if not data:
        raise PictureError("the picture file is empty")
    if len(data) > max_bytes:
        raise PictureError(
            f"the picture file is larger than {max_bytes / 1e6:.0f} MB, the limit; save it smaller, as JPEG for example"
        )
    kind = kind_of(data)
    check_size(*size_of(kind, data))
    if kind == "PNG":
        data = bare_png(data)
    from PIL import Image

    try:
        image = Image.open(io.BytesIO(data), formats=(kind.upper(),))
    except Exception as error:  # Pillow lets struct.error, SyntaxError, MemoryError and more through
        raise damaged(error) from error
    check_size(*image.size)  # should Pillow have read the header another way
    return image


def _check_whole_file(image: Image) -> None:
    """Look through the PNG file that an image is still to be read from, as `_open` does."""
    file = getattr(image, "fp", None)
    if image.format != "PNG" or file is None or not getattr(image, "tile", None):
        return
    at = file.tell()
    file.seek(0)
    check_whole_png(file.read())
    file.seek(at)


# Decoding


def _plain(image: Image) -> Picture:
    """Decode, reduce, turn upright, flatten; `image` itself may be used up."""
    try:
        _check_whole_file(image)
        return _decoded(image)
    except PictureError:
        raise
    except Exception as error:  # see `_open`
        image.close()  # or asked again, it would give the part that was read
        raise damaged(error) from error


def _decoded(image: Image) -> Picture:
    from PIL import Image

    if image.format != "JPEG":
        image.load()  # before anything else is asked: a second reading of damaged pixels no longer fails
    width, height = image.size
    scale = min(1.0, MAX_SIDE / max(width, height))
    target = max(1, round(width * scale)), max(1, round(height * scale))
    if image.format == "JPEG" and scale < 1:
        image.draft(None, (2 * target[0], 2 * target[1]))  # at least twice as fine as what is kept
    image.load()
    turn = _TURNS.get(_orientation(image))
    coloured = _coloured(image)
    if coloured.size != target:
        coloured = coloured.resize(target, Image.Resampling.LANCZOS, reducing_gap=3.0)
    if coloured.mode == "RGBA":
        white = Image.new("RGBA", coloured.size, (255, 255, 255, 255))
        white.alpha_composite(coloured)
        coloured = white.convert("RGB")
    if turn is not None:
        coloured = coloured.transpose(Image.Transpose[turn])
    if coloured.size != target:  # turned by a quarter
        width, height = height, width
    note = f"reduced from {width} x {height} to {coloured.width} x {coloured.height}" if scale < 1 else ""
    return Picture(_stripped(coloured), note)


def _orientation(image: Image) -> int:
    """How the camera was held, 1 where the file does not say or says it badly."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # a damaged EXIF block does not make the pixels unreadable
        return 1


def _coloured(image: Image) -> Image:
    """The picture as RGB, or as RGBA where any of it may be transparent."""
    from PIL import Image

    if image.mode.startswith("I;16"):  # Pillow would clip these at 255
        return Image.fromarray((np.asarray(image) / np.float32(257) + np.float32(0.5)).astype(np.uint8)).convert("RGB")
    if image.mode in ("I", "F"):
        _check_grey(image)
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _check_grey(image: Image) -> None:
    """Refuse what Pillow, which takes modes I and F for grey from 0 to 255, would turn black or white in silence."""
    values = np.asarray(image)
    low, high = float(values.min()), float(values.max())  # NaN where any value is
    if not np.isfinite([low, high]).all():
        raise PictureError("the picture has values that are not finite (NaN or infinite); replace them first")
    if low < 0 or high > 255 or 0 < high <= 1:
        raise PictureError(
            f"the values of the picture go from {low:,g} to {high:,g}, but those of mode {image.mode} are read as grey "
            "from 0 to 255; scale them to that, or pass values from 0 to 65,535 in mode I;16"
        )


def _stripped(image: Image) -> Image:
    """A copy that carries pixels only."""
    from PIL import Image

    plain = Image.new("RGB", image.size)
    plain.paste(image)
    return plain
