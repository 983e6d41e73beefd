"""Pieced-together pictures are those that masking and resizing give, byte by byte."""

import numpy as np
import pytest
from PIL import Image

from spex_core.inputs.maskers.image import ImageMasker
from spex_core.inputs.pictures import MASKINGS
from spex_core.models.vision.mosaic import Mosaic, resized


def _picture(width, height):
    """Noise, which shows every pixel that comes from elsewhere, and shades."""
    rng = np.random.default_rng(width * height)
    shades = np.linspace(0, 255, width * height * 3).reshape(height, width, 3)
    return Image.fromarray(np.where(rng.random((height, width, 1)) < 0.5, shades, 255 - shades).astype(np.uint8))


@pytest.mark.parametrize("masking", MASKINGS)
@pytest.mark.parametrize(
    ("size", "grid", "quick"),
    [
        ((626, 351), (6, 4), True),
        ((640, 427), (8, 6), True),
        ((301, 997), (1, 7), True),
        ((224, 224), (30, 2), True),
        ((90, 60), (8, 6), True),  # enlarged
        ((500, 400), (40, 3), False),  # cells narrower than what the filter looks aside
        ((5, 4), (5, 4), False),
        ((1, 1), (1, 1), False),
    ],
)
@pytest.mark.parametrize("resample", [Image.Resampling.BICUBIC, Image.Resampling.BILINEAR])
def test_the_same_bytes_as_masking_and_resizing(size, grid, quick, masking, resample):
    masker = ImageMasker(_picture(*size), grid, masking)
    rng = np.random.default_rng(0)
    masks = rng.random((12, masker.n_features)) < rng.random((12, 1))
    masks[0], masks[1] = True, False
    mosaic = Mosaic(masker, 224, resample)
    assert mosaic.quick == quick
    expected = np.stack([resized(picture, 224, resample) for picture in masker.apply(masks)])
    assert mosaic(masks).tobytes() == expected.tobytes()
