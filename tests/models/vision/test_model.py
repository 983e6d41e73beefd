"""Scores against an independent one-picture-at-a-time computation with the library's own processor."""

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
import pytest
import torch
from PIL import Image

from spex_core.errors import InputError
from spex_core.inputs.maskers.image import ImageMasker
from spex_core.inputs.pictures import PictureQuestion, as_picture
from spex_core.models.registry import load_backend
from spex_core.models.vision import model as vision_language
from tests.support.places import SHARED
from tests.support.vision_models import byte_tokenizer, make_model, picture

DOG = SHARED / "data" / "images" / "dog.png"
QUESTION = "is there a dog and a ball?"
ANSWERS = ["yes", "not sure", "no there is a cat"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(make_model(tmp_path_factory.mktemp("words")))


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Picture settings of llava-v1.6-mistral-7b."""
    return str(make_model(tmp_path_factory.mktemp("published"), published=True))


@pytest.fixture(scope="module")
def in_bytes(tmp_path_factory):
    return str(make_model(tmp_path_factory.mktemp("bytes"), tokenizer=byte_tokenizer(), seed=1))


def load(folder, **options):
    return load_backend("llava-next", model=folder, question=options.pop("question", QUESTION), **options)


@lru_cache(maxsize=2)
def reference(folder):
    """The library's own processor and model."""
    from transformers import AutoProcessor, LlavaNextForConditionalGeneration
    from transformers.utils import logging

    logging.disable_progress_bar()
    return AutoProcessor.from_pretrained(folder), LlavaNextForConditionalGeneration.from_pretrained(folder).eval()


def plain(folder, image, question, ids):
    """log p of the token ids, each from a forward pass of its own: no batch, no cache, nothing shared."""
    processor, model = reference(folder)
    content = [{"type": "image"}, {"type": "text", "text": question}]
    text = processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)
    inputs = dict(processor(images=image, text=text, return_tensors="pt"))
    total = 0.0
    for token in ids:
        with torch.no_grad():
            logits = model(**inputs).logits[0, -1]
        total += float(logits.double().log_softmax(-1)[token])
        more = torch.tensor([[token]])
        inputs["input_ids"] = torch.cat([inputs["input_ids"], more], dim=1)
        inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
    return total


@pytest.mark.parametrize("size", [(128, 96), (300, 40), (40, 300), (61, 61)])
@pytest.mark.parametrize("answer", ANSWERS)
def test_a_score_is_the_sum_of_the_tokens_log_probabilities(folder, answer, size):
    backend = load(folder, answer=answer)
    images = [picture(seed, size) for seed in range(2)]
    ids = backend.model.tokenizer(answer, add_special_tokens=False)["input_ids"]
    assert len(ids) == len(answer.split())
    np.testing.assert_allclose(backend.score(images), [plain(folder, i, QUESTION, ids) for i in images], atol=1e-4)


@pytest.mark.parametrize("pair", [("yes", "no"), ("not sure", "no"), ("no", "not sure"), (ANSWERS[2], "not sure")])
def test_scales_are_functions_of_the_two_log_probabilities(folder, pair):
    images = [picture(seed) for seed in range(3)]
    a, b = (load(folder, answer=answer).score(images) for answer in pair)
    assert (a < 0).all()
    both = {"answer": pair[0], "against": pair[1]}
    np.testing.assert_allclose(load(folder, **both).score(images), a - b, atol=1e-4)
    np.testing.assert_allclose(load(folder, answer=pair[0], scale="probability").score(images), np.exp(a), atol=1e-5)
    share = np.exp(a) / (np.exp(a) + np.exp(b))
    np.testing.assert_allclose(load(folder, **both, scale="probability").score(images), share, atol=1e-5)


@pytest.mark.parametrize("size", [(626, 351), (1400, 200), (150, 1100), (336, 336)])
def test_published_picture_settings_score_the_same_one_by_one(large, size):
    backend = load(large, answer="not sure", against="yes")
    images = [picture(seed, size) for seed in range(2)]
    ids = [backend.model.tokenizer(text, add_special_tokens=False)["input_ids"] for text in ("not sure", "yes")]
    wanted = plain(large, images[0], QUESTION, ids[0]) - plain(large, images[0], QUESTION, ids[1])
    scores = backend.score(images)
    assert scores[0] == pytest.approx(wanted, abs=1e-4)
    np.testing.assert_allclose(scores, [backend.score([image])[0] for image in images], atol=1e-4)


def test_a_sliding_cache_takes_a_pass_per_answer(tmp_path):
    folder = str(make_model(tmp_path / "sliding", sliding_window=64))
    images = [picture(seed) for seed in range(2)]
    pair = (ANSWERS[2], "not sure")
    ids = [load(folder, answer=a).model.tokenizer(a, add_special_tokens=False)["input_ids"] for a in pair]
    wanted = [plain(folder, image, QUESTION, ids[0]) - plain(folder, image, QUESTION, ids[1]) for image in images]
    np.testing.assert_allclose(load(folder, answer=pair[0], against=pair[1]).score(images), wanted, atol=1e-4)


def test_masked_questions_of_different_lengths_score_as_they_do_alone(in_bytes):
    backend = load(in_bytes, answer="yes", against="no")
    questions = [QUESTION, "is <unk> a dog", "<unk> <unk> <unk>", "is there a dog and a cat or a ball?", ""]
    inputs = [PictureQuestion(picture(k), question) for k, question in enumerate(questions)]
    together = backend.score([*inputs, *inputs[::-1], picture(0)])
    alone = np.array([backend.score([one])[0] for one in inputs])
    np.testing.assert_allclose(together[:5], alone, atol=1e-5)
    np.testing.assert_allclose(together[5:10], alone[::-1], atol=1e-5)
    assert together[10] == pytest.approx(together[0], abs=1e-5)
    assert np.unique(alone.round(4)).size == 5
    ids = [backend.model.prompts.answer_ids(text, QUESTION) for text in ("yes", "no")]
    wanted = [plain(in_bytes, one.image, one.question, ids[0]) for one in inputs]
    wanted = np.array(wanted) - [plain(in_bytes, one.image, one.question, ids[1]) for one in inputs]
    np.testing.assert_allclose(together[:5], wanted, atol=1e-4)


def test_pictures_of_several_sizes_mix(folder):
    backend = load(folder, answer="yes")
    images = [picture(0), picture(1, (200, 50)), picture(2), picture(3, (50, 200))]
    np.testing.assert_allclose(backend.score(images), [backend.score([i])[0] for i in images], atol=1e-5)


def test_scores_are_the_same_bits_on_any_number_of_workers(folder, monkeypatch):
    backend = load(folder, answer="yes", against="no")
    images = [picture(seed) for seed in range(30)]
    usual = backend.score(images)
    with ThreadPoolExecutor(1, initializer=lambda: torch.set_num_threads(1)) as one:
        monkeypatch.setattr(vision_language, "torch_workers", lambda: one)
        assert backend.score(images).tobytes() == usual.tobytes()
    monkeypatch.undo()
    with ThreadPoolExecutor(2) as people:  # two runs on one model
        for scores in people.map(lambda _: backend.score(images), range(2)):
            assert scores.tobytes() == usual.tobytes()


def test_a_large_model_on_a_cpu_is_asked_one_picture_at_a_time(large, monkeypatch):
    backend = load(large, answer="yes")
    masker = ImageMasker(picture(0, (626, 351)))
    assert backend.batch_size(masker) > 1
    expected = backend.score([picture(0, (626, 351))])
    monkeypatch.setattr(vision_language, "_ALONE", 1.0)
    assert backend.batch_size(masker) == 1
    np.testing.assert_allclose(backend.score([masker.image]), expected, atol=1e-4)


def test_the_reply_is_the_greedy_one(folder):
    backend = load(folder)
    said = backend.reply(picture(0))
    assert said == said.strip()
    first = said.split()[0]
    words = ["yes", "no", "dog", "cat", "a", "is", "sure", "red", first]
    scores = [load(folder, answer=word).score([picture(0)])[0] for word in words]
    assert max(scores) == scores[-1]
    assert backend.reply(PictureQuestion(picture(0), None)) == said


def test_settling_fixes_the_models_own_answer(folder):
    backend = load(folder, against="no")
    with pytest.raises(InputError, match="settle"):
        backend.score([picture(0)])
    settled = backend.settle(picture(0))
    said = backend.reply(picture(0))
    assert settled.spec.options["answer"] == said
    assert "answer" not in backend.spec.options
    assert settled.toward == ("“no”", f"“{said}”")
    assert settled.score([picture(0)])[0] == load(folder, answer=said, against="no").score([picture(0)])[0]
    assert settled.settle(picture(1)) is settled


def test_a_model_that_says_nothing_cannot_be_settled(folder, monkeypatch):
    backend = load(folder)
    monkeypatch.setattr(type(backend.model), "reply", lambda *_: "")
    with pytest.raises(InputError, match="own answer is empty"):
        backend.settle(picture(0))


@pytest.mark.parametrize(
    ("options", "unit", "toward"),
    [
        ({"answer": "yes"}, "log-probability", ("other answers", "“yes”")),
        ({"answer": "yes", "against": "no"}, "log-odds", ("“no”", "“yes”")),
        ({"answer": "yes", "scale": "probability"}, "probability", ("other answers", "“yes”")),
    ],
)
def test_units_and_directions(folder, options, unit, toward):
    backend = load(folder, **options)
    assert (backend.unit, backend.toward, backend.question) == (unit, toward, QUESTION)
    assert backend.mask_token == "<unk>"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"answer": "elephant"}, "does not know"),
        ({"answer": "yes", "against": "YES"}, "the same to this model"),
        ({"answer": "yes", "scale": "logits"}, "use log or probability"),
        ({"question": "what is <image>?"}, "stands for the picture"),
    ],
)
def test_what_cannot_be_asked_is_refused(folder, options, message):
    with pytest.raises(InputError, match=message):
        load(folder, **options)


@pytest.mark.parametrize("entry", [None, "dog.png", np.zeros((4, 4, 3), np.uint8), PictureQuestion("x", None)])
def test_what_is_no_picture_is_refused(folder, entry):
    with pytest.raises(InputError, match="entry 1 must be a picture"):
        load(folder, answer="yes").score([picture(0), entry])


def test_other_modes_and_tiny_pictures_are_read(folder):
    backend = load(folder, answer="yes")
    grey = picture(0).convert("L")
    np.testing.assert_allclose(backend.score([grey]), backend.score([grey.convert("RGB")]), atol=1e-6)
    assert np.isfinite(backend.score([Image.new("RGB", (1, 1)), picture(0, (500, 2)), picture(0, (2, 500))])).all()
    with pytest.raises(InputError, match="without pixels"):
        backend.score([Image.new("RGB", (0, 5))])


def test_more_than_the_model_reads_is_refused(tmp_path):
    folder = str(make_model(tmp_path / "short", max_position_embeddings=64))
    with pytest.raises(InputError, match="the model reads 64"):
        load(folder, answer="yes").score([picture(0)])


@pytest.mark.skipif(not DOG.exists(), reason="the photograph is not beside this checkout")
def test_a_photograph_from_masks_to_scores(large):
    masker = ImageMasker(as_picture(Image.open(DOG)), grid=(8, 6))
    assert masker.image.size == (626, 351)
    backend = load(large, answer="yes", against="no")
    assert len(backend.model.prompts.ids(QUESTION, (626, 351))) > 1850
    masks = np.random.default_rng(0).random((5, masker.n_features)) < 0.5
    masks[0] = True
    values = backend.value_function(masker)(masks)
    assert values.shape == (5,)
    assert np.unique(values).size == 5
    np.testing.assert_allclose(values, [backend.score([one])[0] for one in masker.apply(masks)], atol=1e-4)


def test_batches_on_a_gpu_fit_its_memory(large, monkeypatch):
    model = load(large, answer="yes").model
    size = (626, 351)
    tiles, tokens = model.figures.read(size)
    monkeypatch.setattr(model, "device", "cuda")
    assert model.largest_batch(size) == model.passes_per_call(size) == 64
    monkeypatch.setattr(model, "_room", 10 * model.figures.pass_bytes(tiles, tokens + 32, model.dtype))
    assert model.largest_batch(size) == 7
    monkeypatch.setattr(model, "_room", 0)
    assert model.largest_batch(size) == 1
