import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from transformers.models.llava_next.image_processing_pil_llava_next import LlavaNextImageProcessorPil

from spex_core.models.vision.pixels import Pixels
from tests.support.vision_models import PUBLISHED_PINPOINTS, picture

SETTINGS = {
    "published": {"size": {"shortest_edge": 336}, "crop_size": {"height": 336, "width": 336}},
    "one tile": {
        "size": {"shortest_edge": 64},
        "crop_size": {"height": 64, "width": 64},
        "image_grid_pinpoints": [[64, 64]],
        "image_mean": [0.5, 0.4, 0.1],
        "image_std": [0.5, 0.3, 0.2],
    },
}


def same(processor, images):
    wanted = processor(images, return_tensors="pt")["pixel_values"]
    found = Pixels(processor)(images)
    assert found.dtype == wanted.dtype == torch.float32
    assert torch.equal(found, wanted)


@pytest.mark.parametrize("name", SETTINGS)
@given(width=st.integers(1, 900), height=st.integers(1, 900), seed=st.integers(0, 99))
@example(width=319, height=900, seed=0)  # Pillow resizes these down before across
@example(width=388, height=897, seed=0)
@settings(max_examples=15, deadline=None)
def test_pixels_are_the_processors_bit_for_bit(name, width, height, seed):
    processor = LlavaNextImageProcessorPil(**SETTINGS[name])
    assert processor.image_grid_pinpoints in (PUBLISHED_PINPOINTS, [[64, 64]])
    assert Pixels(processor).table is not None
    same(processor, [picture(seed, (width, height)), picture(seed + 1, (width, height))])


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK"])
def test_other_modes_become_rgb_as_in_the_processor(mode):
    same(LlavaNextImageProcessorPil(**SETTINGS["one tile"]), [picture(0).convert(mode)])


@pytest.mark.parametrize(
    "change",
    [
        {"do_rescale": False},
        {"do_normalize": False},
        {"size": {"height": 64, "width": 64}},
        {"crop_size": {"height": 32, "width": 32}},
        {"image_grid_pinpoints": [[100, 128]]},
        {"resample": 2},
    ],
)
def test_other_settings_leave_it_to_the_processor_or_agree(change):
    processor = LlavaNextImageProcessorPil(**{**SETTINGS["one tile"], **change})
    assert (Pixels(processor).table is None) == ("resample" not in change)
    if change.get("image_grid_pinpoints") is None:
        same(processor, [picture(0), picture(1)])


def test_a_derived_processor_is_called_as_it_is():
    class Negative(LlavaNextImageProcessorPil):
        def normalize(self, image, **arguments):
            return -super().normalize(image, **arguments)

    processor = Negative(**SETTINGS["one tile"])
    assert Pixels(processor).table is None
    same(processor, [picture(0)])
    assert np.abs(Pixels(processor)([picture(0)]).numpy()).max() > 0
