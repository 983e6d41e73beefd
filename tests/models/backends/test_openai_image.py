"""openai-image: pictures behind an API are explained as the model that answers there is explained here."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from spex_core import Explanation
from spex_core.cli import main
from spex_core.engine.explain import explain, explain_image
from spex_core.engine.features import image_masker
from spex_core.errors import EndpointError, InputError, PictureError
from spex_core.fourier.masks import draw_distinct
from spex_core.inputs.maskers.image import ImageMasker
from spex_core.inputs.pictures import PictureQuestion
from spex_core.models.backends import scenes
from spex_core.models.backends.openai_image import OpenAIPictures
from spex_core.models.endpoint import picture_urls
from spex_core.models.endpoint.wire.client import Patience
from spex_core.models.registry import load_backend
from spex_core.toys.scenes.world import draw, random_scene
from tests.support.endpoint_server import serving
from tests.support.scenes_server import scenes_serving
from tests.support.waiting import until

QUESTION = "is there a dog?"


@pytest.fixture(scope="module")
def url():
    if not scenes.FOLDER.is_dir():
        pytest.skip("assets/models/scenes is not in this checkout")
    with scenes_serving() as address:
        yield address


@pytest.fixture
def server():
    with serving() as running:
        yield running


def _scene(seed=11):
    return draw(random_scene(np.random.default_rng(seed)), 96)


def _load(url, **options):
    backend = load_backend("openai-image", **{"url": url, "model": "m", "question": QUESTION, **options})
    backend.scorer.endpoint.patience = Patience(silence=60, call=120, batch=240, retries=2)
    return backend


def test_through_the_server_the_same_is_explained_as_without_it(url):
    image, grid = _scene(), (2, 2)
    away = explain_image(image, _load(url, answer="yes", against="no"), grid=grid, budget=16)
    alone = load_backend("scenes", question=QUESTION, answer="yes", against="no")
    masker = image_masker(image, alone, grid)

    def one_by_one(masks):
        """A batch rounds otherwise than a picture alone, which is what a server is shown."""
        return np.array([alone.score([shown])[0] for shown in masker.apply(masks)])

    here = explain(one_by_one, masker.labels, budget=16)
    assert away.features == here.features
    assert away.evaluations == here.evaluations == 16
    assert away.spectrum.supports == here.spectrum.supports
    np.testing.assert_allclose(away.spectrum.coefficients, here.spectrum.coefficients, atol=1e-6)
    assert (away.value_unit, away.toward, away.model.name) == (alone.unit, alone.toward, "openai-image")


@pytest.mark.parametrize("words", [False, True])
def test_each_value_is_that_of_the_picture_and_the_question_that_were_meant(url, words):
    alone = load_backend("scenes", question=QUESTION, answer="yes")
    backend = _load(url, answer="yes").settle(_scene())
    masker = image_masker(_scene(), backend, (3, 2), question_words=words)
    masks = draw_distinct(masker.n_features, 12, np.random.default_rng(0))
    found = backend.value_function(masker)(masks)
    each = [alone.score([shown])[0] for shown in masker.apply(masks)]
    np.testing.assert_allclose(found, each, atol=1e-6)
    assert np.ptp(found) > 1e-3
    assert found.tobytes() == backend.score(masker.apply(masks)).tobytes()


def test_replies_in_words_are_explained_too(url):
    image = _scene()
    backend = _load(url, mode="sampled", temperature=0).settle(image)
    own = load_backend("scenes", question=QUESTION).reply(image)
    assert backend.scale.answer.casefold() == f"{own}."
    assert backend.score([image]).tolist() == [1.0]
    found = explain_image(image, backend, grid=(2, 2), budget=16)
    assert found.value_unit == "share of replies"


@pytest.mark.parametrize("cut", [("--grid", "2x2"), ("--segments", "4"), ("--grid", "2x1", "--question-words")])
def test_from_the_shell_however_the_picture_is_cut(server, tmp_path, capsys, cut):
    server.behaviour.refuses = ("logprobs", "top_logprobs")
    server.behaviour.says = lambda body: "Yes!"
    _noise(16, 12).save(tmp_path / "a.png")
    given = ("--image", str(tmp_path / "a.png"), "--model", "openai-image", "--url", server.url, "--model-path", "m")
    asked = ("--question", "a dog?", "--answer", "yes", "--mode", "sampled", "--budget", "10")
    assert main(["explain", *given, *asked, *cut, "--json", str(tmp_path / "out.json")]) == 0
    told = capsys.readouterr()
    assert "passes, about $0.00" in told.err
    found = Explanation.from_json((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert found.output_full == 1.0
    assert found.model.options["question"] == "a dog?"


def _sent(server):
    text, *_ = (part["image_url"]["url"] for part in server.seen[-1].body["messages"][-1]["content"][:1])
    return text


def _noise(width, height):
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


def test_small_pictures_travel_without_loss_and_large_ones_as_jpeg(server):
    server.behaviour.says = lambda body: "yes"
    backend = _load(server.url, mode="sampled", answer="yes", instruction="Be brief.")
    for image, kind in ((_noise(500, 300), "PNG"), (_noise(900, 600), "JPEG")):
        assert backend.score([image]).tolist() == [1.0]
        with Image.open(io.BytesIO(base64.b64decode(_sent(server).partition(",")[2]))) as sent:
            assert (sent.format, sent.size) == (kind, image.size)
            assert kind == "JPEG" or sent.tobytes() == image.tobytes()
            assert not sent.info.get("exif")
    system, user = server.seen[-1].body["messages"]
    assert system == {"role": "system", "content": "Be brief."}
    assert user["content"][1] == {"type": "text", "text": QUESTION}
    backend.score([PictureQuestion(_noise(8, 8), "is there a [UNK]?")])
    assert server.seen[-1].body["messages"][-1]["content"][1]["text"] == "is there a [UNK]?"


def test_what_is_too_large_is_one_sentence_and_not_sent(server, monkeypatch):
    monkeypatch.setattr(picture_urls, "MOST_BYTES", 200_000)
    backend = _load(server.url, mode="sampled", answer="yes")
    with pytest.raises(PictureError, match="above the limit of 0 MB per call; make it smaller"):
        backend.score([_noise(500, 300)])
    with pytest.raises(InputError, match="entry 1 must be a picture, not str"):
        backend.score([_noise(8, 8), "a"])
    assert not server.seen


def test_a_batch_holds_no_more_than_memory_may(server):
    backend = _load(server.url, concurrency=2, answer="yes")
    backend.scorer.latency = 0.001
    assert backend.batch_size(ImageMasker(_noise(2000, 2000))) == 4
    assert backend.batch_size(ImageMasker(_noise(100, 100))) == 128


def test_what_came_before_a_failure_is_not_asked_again(server):
    server.behaviour.says = lambda body: "yes"
    masker = ImageMasker(_noise(32, 32), (4, 4))
    backend = _load(server.url, mode="sampled", answer="yes", replies=2, concurrency=3).settle(_noise(32, 32))
    pictures = masker.apply(draw_distinct(16, 12, np.random.default_rng(0)))
    server.seen.clear()
    server.behaviour.faults = [""] * 7 + ["401"]
    with pytest.raises(EndpointError):
        backend.score(pictures)
    until(lambda: server.open == 0)
    assert all(len(kept.text.url) == 64 for kept in backend.scorer._kept)
    assert backend.score(pictures).tolist() == [1.0] * 12
    assert len(server.seen) == 24 + 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"mode": "echo"}, "mode='echo'"),
        ({"question": " "}, "needs question"),
        ({"answer": "a dog"}, "more than one token"),
    ],
)
def test_what_it_cannot_do_is_refused(server, options, says):
    with pytest.raises(InputError, match=says):
        _load(server.url, **options)


def test_the_forecast_knows_the_picture():
    given = {"url": "http://localhost:1/v1", "model": "m", "question": QUESTION, "price": "1"}
    small, large = (OpenAIPictures.forecast(given, ImageMasker(_noise(side, side))) for side in (100, 800))
    assert 10 < small.tokens < large.tokens < 2000
    assert large.dollars_per_pass == pytest.approx(large.tokens / 1e6)
