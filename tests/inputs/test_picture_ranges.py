"""Grey values of more than eight bits: scaled by the range that their mode states, or refused in words."""

import io

import numpy as np
import pytest
from PIL import Image

import spex_core
from spex_core.errors import PictureError
from spex_core.inputs.pictures import as_picture, read_picture
from tests.support.fake_pictures import Both

RAMP = np.linspace(0, 1, 12).reshape(3, 4)
SCALED = np.repeat(np.round(RAMP * 255)[..., None], 3, axis=2)


@pytest.mark.parametrize("mode", ["I;16", "I;16L", "I;16B"])
def test_sixteen_bits_are_scaled(mode):
    values = np.round(RAMP * 65535).astype(">u2" if mode == "I;16B" else "<u2")
    image = Image.frombytes(mode, (4, 3), values.tobytes())
    assert np.abs(np.asarray(as_picture(image), dtype=float) - SCALED).max() <= 1
    if mode == "I;16":
        file = io.BytesIO()
        image.save(file, format="PNG")
        assert np.array_equal(np.asarray(read_picture(file.getvalue())), np.asarray(as_picture(image)))


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_values_from_0_to_255_are_grey_as_they_stand(dtype):
    image = Image.fromarray(np.round(RAMP * 255).astype(dtype))
    assert image.mode in ("I", "F")
    assert np.array_equal(np.asarray(as_picture(image)), SCALED)
    black = as_picture(Image.fromarray(np.zeros((3, 4), dtype)))
    assert not np.asarray(black).any()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.round(RAMP * 65535).astype(np.int32), r"go from 0 to 65,535, but those of mode I .* 0 to 255.*mode I;16"),
        (np.round(RAMP * 256).astype(np.int32), "go from 0 to 256"),
        (np.round(RAMP * 255).astype(np.int32) - 1, "go from -1 to 254"),
        (np.round(RAMP).astype(np.int32), "go from 0 to 1"),
        (RAMP.astype(np.float32), "go from 0 to 1, but those of mode F"),
        ((RAMP * 1e-4).astype(np.float32), "go from 0 to 0.0001"),
        ((RAMP * 1000).astype(np.float32), "go from 0 to 1,000"),
        ((RAMP - 0.5).astype(np.float32), "go from -0.5 to 0.5"),
        (np.where(RAMP > 0.5, np.nan, 255 * RAMP).astype(np.float32), r"not finite \(NaN"),
        (np.where(RAMP > 0.9, np.inf, 255 * RAMP).astype(np.float32), "not finite"),
        (np.full((3, 4), np.nan, np.float32), "not finite"),
    ],
)
def test_what_would_become_black_or_white_is_refused(values, words):
    image = Image.fromarray(values)
    with pytest.raises(PictureError, match=words) as caught:
        as_picture(image)
    assert "\n" not in str(caught.value)
    assert "damaged" not in str(caught.value)
    with pytest.raises(PictureError, match=words):
        spex_core.explain_image(image, Both(answer="yes"), (2, 2), budget=16)
