"""What stands where the result of a run will be until there is an estimate worth a look: the input itself, in grey."""

from __future__ import annotations

import base64
import io
from functools import lru_cache

from pages.components.common.markup import Markup, draw, tag
from spex_core.errors import SpexError
from spex_core.inputs.pictures import MAX_STORED_BYTES, open_picture
from spex_core.runs.requests import PictureRequest, RunRequest, TextRequest
from spex_core.runs.run import Run

_MOST = 4000  # characters
_SIDE = 640  # pixels


def skeleton(run: Run) -> None:
    """Draw it, with the places of the answer and of the figures."""
    draw(
        tag(
            "div",
            tag("div", _line("60%"), _line("85%"), _line("75%"), class_="spex-skeleton-card"),
            tag("div", _line("40%"), class_="spex-skeleton-card"),
            tag("div", _whole(run.request), class_="spex-skeleton-card"),
            class_="spex-skeleton",
            id="run-skeleton",
            **{"aria-label": "Your input; the explanation comes here", "role": "img"},
        )
    )


def _line(width: str) -> Markup:
    return tag("i", style=f"width:{width}")


def _whole(request: RunRequest) -> Markup:
    if isinstance(request, TextRequest):
        cut = request.text[:_MOST] + (" …" if len(request.text) > _MOST else "")
        return tag("p", cut, class_="spex-skeleton-text")
    assert isinstance(request, PictureRequest)
    try:
        return tag("img", src=_small(request.content), alt="")
    except SpexError:  # the run will say so
        return _line("60%")


@lru_cache(maxsize=4)
def _small(content: bytes) -> str:
    """The picture, small and grey, as an address that holds it."""
    image = open_picture(content, MAX_STORED_BYTES).image.convert("L")
    image.thumbnail((_SIDE, _SIDE))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=60)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
