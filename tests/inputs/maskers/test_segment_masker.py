"""Masked pictures: what is hidden is exactly the segment."""

import numpy as np
import pytest
from PIL import Image

from spex_core.errors import InputError
from spex_core.inputs.maskers.segments import SegmentMasker
from spex_core.inputs.segments import Segments
from spex_core.inputs.superpixels import cut


def _noise(width, height):
    return Image.fromarray(np.random.default_rng(1).integers(0, 255, (height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize("size", [(40, 30), (700, 500)])
@pytest.mark.parametrize("masking", ["grey", "mean", "blur"])
def test_exactly_the_segment_is_hidden(size, masking):
    image = _noise(*size)
    masker = SegmentMasker(image, cut(image, 12), masking)
    assert masker.labels == [f"S{at}" for at in range(1, 13)]
    over = masker.segments.over(size)
    whole, none = masker.apply(np.array([np.ones(12, bool), np.zeros(12, bool)]))
    assert (np.asarray(whole) == np.asarray(image)).all()
    mask = np.ones(12, bool)
    mask[[3, 7]] = False
    masked = np.asarray(masker.apply(mask[None])[0])
    gone = np.isin(over, [3, 7])
    assert gone.any()
    assert (masked[gone] == np.asarray(none)[gone]).all()
    assert (masked[~gone] == np.asarray(image)[~gone]).all()
    if masking == "grey":
        assert (np.asarray(none) == 128).all()


def test_the_question_follows_the_segments():
    masker = SegmentMasker(_noise(20, 20), cut(_noise(20, 20), 4), "grey", "Is it red?", "<m>")
    assert masker.labels == ["S1", "S2", "S3", "S4", "Is", "it", "red?"]
    masked = masker.apply(np.array([[True] * 5 + [False, True]]))[0]
    assert masked.question == "Is <m> red?"


def test_refused():
    with pytest.raises(InputError, match="finer than a picture of 1 x 1"):
        SegmentMasker(Image.new("RGB", (1, 1)), Segments(1, 2, 1, (0, 2)))
    image = _noise(64, 64)
    finest = cut(image, 1024)
    with pytest.raises(InputError, match="1,025 features"):
        SegmentMasker(image, finest, question="why?")
