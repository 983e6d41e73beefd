"""What is said of a picture's classifier: a probability for a class, the favoured one of two."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from spex_core.explanation.sources import PictureSource
from spex_core.models.base import ModelSpec
from spex_core.views.answer import answer
from spex_core.views.shown import Shown


@pytest.fixture
def seen(explained):
    def make(value, toward, **options):
        file = io.BytesIO()
        Image.new("RGB", (20, 10)).save(file, "PNG")
        found = explained("a b", {(0,): 1.0})
        source = PictureSource(file.getvalue(), (2, 1), "blur")
        model = ModelSpec("photo", options)
        found = replace(found, source=source, model=model, toward=toward, output_full=value, output_empty=-3.0)
        return str(answer(Shown(found, "FBII", None)))

    return make


def test_a_class_has_a_probability_even_where_it_is_below_a_half(seen):
    said = seen(-0.0137, ("not Ibizan hound", "Ibizan hound"), label="Ibizan hound")
    assert said.startswith("photo gives Ibizan hound 50 %; with every patch hidden")
    assert "photo gives dog below 0.01 %" in seen(-800.0, ("not dog", "dog"), label="dog, any breed")


def test_of_two_classes_one_is_favoured(seen):
    assert "photo says dog rather than cat: 82 %" in seen(1.5, ("cat", "dog"), label="dog", against="cat")
    assert "photo says cat rather than dog: 82 %" in seen(-1.5, ("cat", "dog"), label="dog", against="cat")
