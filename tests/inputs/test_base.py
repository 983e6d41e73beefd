"""What every masker says of its input, whatever kind it is."""

import numpy as np
from PIL import Image

from spex_core.inputs.base import Masker
from spex_core.inputs.maskers.image import ImageMasker
from spex_core.inputs.maskers.text import FILLER, TextMasker
from spex_core.inputs.pictures import PictureQuestion


class Two(Masker):
    name = "two"
    labels = ("good", "bad")

    def apply(self, masks):
        return [tuple(mask) for mask in masks.tolist()]


def test_a_text_masker_says_what_it_masks_and_how():
    masker = TextMasker("  not bad\n", masking="filler", mask_token="<unk>")
    assert (masker.text, masker.masking, masker.mask_token) == ("  not bad\n", "filler", FILLER)
    assert masker.whole == masker.text


def test_a_picture_is_no_text():
    image = Image.new("RGB", (40, 30), (200, 10, 10))
    masker = ImageMasker(image, (4, 3), "grey")
    assert (masker.text, masker.masking) == ("", "grey")
    assert masker.whole.tobytes() == image.tobytes()
    asked = ImageMasker(image, (4, 3), question="is it red?", mask_token="<unk>")
    assert (asked.text, asked.mask_token) == ("", "<unk>")
    assert isinstance(asked.whole, PictureQuestion)
    assert asked.whole.question == "is it red?"


def test_a_masker_need_not_say_more_than_its_labels_and_what_a_mask_makes_of_its_input():
    masker = Two()
    assert (masker.text, masker.masking, masker.mask_token) == ("", "", "")
    assert masker.whole == (True, True)
    assert np.ndim(masker.whole) == 1
