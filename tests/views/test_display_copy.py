import base64
import io

import numpy as np
import pytest
from PIL import Image

from spex_core.views.display_copy import LONGEST_SIDE, display_copy


def _noise(size):
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def _shown(copy):
    return Image.open(io.BytesIO(base64.b64decode(copy.uri.split(",", 1)[1])))


def test_a_small_picture_is_sent_as_it_is(png):
    data = png((96, 72))
    copy = display_copy(data)
    assert base64.b64decode(copy.uri.removeprefix("data:image/png;base64,")) == data
    assert (copy.width, copy.height, copy.drawn) == (96, 72, True)


def test_a_photograph_is_not_taken_for_a_drawing():
    assert not display_copy(_noise((100, 80))).drawn


@pytest.mark.parametrize("size", [(1600, 400), (300, 1500), (700, 500)])
def test_a_large_picture_keeps_its_shape_and_gets_smaller_never_larger(size):
    data = _noise(size)
    copy = display_copy(data)
    shown = _shown(copy)
    scale = min(1.0, LONGEST_SIDE / max(size))
    assert shown.format == "WEBP"
    assert shown.size == pytest.approx((size[0] * scale, size[1] * scale), abs=1)
    assert (copy.width, copy.height) == size
    assert len(copy.uri) < len(data)


def test_a_picture_damaged_past_its_header_is_left_out(png):
    data = _noise((300, 200))[:5000]
    copy = display_copy(data)
    assert (copy.uri, copy.width, copy.height) == ("", 300, 200)


def test_it_is_encoded_once():
    data = _noise((500, 400))
    assert display_copy(data) is display_copy(bytes(data))
