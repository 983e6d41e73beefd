"""A copy of a picture for the screen: small enough to send, sharp enough for its place on the page."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from spex_core.inputs.pictures import check_png

LONGEST_SIDE = 1280  # pixels: twice the width of the picture's place on a wide page
_PLAIN_BYTES = 300_000  # a PNG up to this size is sent as it is
_DRAWN_SIDE, _DRAWN_COLOURS = 512, 4096


@dataclass(frozen=True)
class DisplayCopy:
    """What the page shows of a picture.

    Attributes:
        uri: data URI, PNG or WebP; "" where the file is damaged past its header.
        width: pixels of the original.
        height: pixels of the original.
        drawn: small and of few colours, so that its pixels are meant to be seen.
    """

    uri: str
    width: int
    height: int
    drawn: bool


@lru_cache(maxsize=8)
def display_copy(picture: bytes) -> DisplayCopy:
    """The copy of a PNG (see `PictureSource.picture`), encoded once; never larger than the original.

    Raises:
        PictureError: not a PNG, or above 25 megapixels.
    """
    from PIL import Image

    width, height = check_png(picture)
    try:
        with Image.open(BytesIO(picture)) as opened:
            image = opened.convert("RGB")
    except (OSError, SyntaxError, ValueError):  # what an opened file holds is not worth losing its result
        return DisplayCopy("", width, height, False)
    drawn = max(width, height) <= _DRAWN_SIDE and image.getcolors(_DRAWN_COLOURS) is not None
    if max(width, height) <= LONGEST_SIDE and (drawn or len(picture) <= _PLAIN_BYTES):
        return DisplayCopy(_uri("png", picture), width, height, drawn)
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=88, method=4)
    return DisplayCopy(_uri("webp", buffer.getvalue()), width, height, drawn)


def _uri(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
