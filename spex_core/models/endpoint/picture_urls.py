"""Pictures on their way to a server: as data URLs, in a form that hangs on their pixels' number alone.

Which form it is must be the same for every mask of a picture, or what the form loses would look like an effect: so
PNG, which loses nothing, up to a size that every server takes, and a fine JPEG above.
"""

from __future__ import annotations

import base64
import io
from typing import Any

from spex_core.errors import InputError, PictureError
from spex_core.inputs.pictures import MAX_SIDE, PictureQuestion, as_picture, png_bytes
from spex_core.models.endpoint.wording import Picture

MOST_PLAIN = 1_000_000  # bytes of pixels up to which PNG is sent
MOST_BYTES = 4_000_000  # of a picture as it is sent: the least that common servers take
_QUALITY = 95


def shown(entry: Any, position: int) -> Picture:
    """A picture, or a `PictureQuestion`, as it is sent.

    Args:
        entry: the input.
        position: its place among others, for messages.

    Raises:
        InputError: it is none (PictureError: above 25 megapixels, or more bytes than a call may have).
    """
    from PIL import Image

    image, question = (entry.image, entry.question) if isinstance(entry, PictureQuestion) else (entry, None)
    if not isinstance(image, Image.Image):
        raise InputError(f"entry {position} must be a picture, not {type(image).__name__}")
    if not image.width or not image.height:
        raise InputError(f"entry {position} is a picture without pixels")
    if image.mode != "RGB" or max(image.size) > MAX_SIDE:
        image = as_picture(image)
    pixels = image.width * image.height
    kind, data = ("png", png_bytes(image)) if 3 * pixels <= MOST_PLAIN else ("jpeg", _jpeg(image))
    if len(data) > MOST_BYTES:
        raise PictureError(
            f"the picture takes {len(data) / 1e6:.1f} MB as it is sent, above the limit of {MOST_BYTES / 1e6:.0f} MB "
            "per call; make it smaller"
        )
    return Picture(f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}", pixels, question)


def _jpeg(image: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format="JPEG", quality=_QUALITY, subsampling=0)
    return file.getvalue()
