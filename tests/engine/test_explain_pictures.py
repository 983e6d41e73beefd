"""Pictures through the engine: the interaction joins exactly the cells that act together."""

import numpy as np
import pytest

import spex_core
from spex_core.engine.features import image_masker
from spex_core.inputs.pictures import png_bytes, read_picture
from spex_core.models.base import Backend
from tests.support.fake_pictures import GRID, Both, scene


def test_the_interaction_joins_exactly_the_two_cells():
    explanation = spex_core.explain_image(scene(), Both(answer="yes"), grid=GRID, budget=4096)
    assert explanation.features[2] == "A3"
    assert explanation.features[9] == "C2"
    assert {i.features: i.value for i in explanation.interactions("Moebius")} == pytest.approx({(2, 9): 3.0})
    assert (explanation.output_full, explanation.output_empty) == (3.0, 0.0)
    assert explanation.source.grid == GRID
    assert (explanation.source.masking, explanation.source.unit, explanation.source.patches) == ("grey", "patch", 12)
    assert np.array_equal(np.asarray(read_picture(explanation.source.picture)), np.asarray(scene()))


@pytest.mark.parametrize("masking", ["blur", "mean", "grey"])
def test_it_is_found_without_asking_for_every_mask(masking):
    explanation = spex_core.explain_image(scene(), Both(answer="yes"), GRID, budget=600, masking=masking)
    assert explanation.evaluations <= 600
    strongest = explanation.interactions("FBII", order=2)[0]
    assert strongest.features == (2, 9)
    assert explanation.faithfulness > 0.95


def test_words_of_the_question_come_after_the_cells():
    backend = Both("Is there a dog?", "yes")
    explanation = spex_core.explain_image(scene(), backend, (4, 3), 800, question_words=True)
    assert explanation.features[12:] == ("Is", "there", "a", "dog?")
    effects = {i.features: i.value for i in explanation.interactions("FBII") if i.significant}
    assert effects[(15,)] == pytest.approx(1.0, abs=0.05)
    assert effects[(2, 9)] == pytest.approx(3.0, abs=0.1)
    source = explanation.source
    assert [source.question[a:b] for a, b in source.spans] == list(explanation.features[12:])
    assert "Is there a dog?" in backend.seen
    assert "[UNK] there a dog?" in backend.seen


def test_a_question_that_is_not_masked_is_still_kept():
    explanation = spex_core.explain_image(scene(), Both("Is there a dog?", "yes"), (2, 2), 16)
    assert explanation.source.question == "Is there a dog?"
    assert explanation.source.spans == ()
    assert explanation.n_features == 4


def test_the_backend_is_settled_on_the_whole_picture_first():
    backend = Both("dog?")
    explanation = spex_core.explain_image(scene(), backend, (2, 2), 16)
    assert explanation.model.options == {"question": "dog?", "answer": "yes"}
    assert explanation.toward == ("less yes", "more yes")
    assert [np.asarray(whole).tobytes() for whole in backend.settled] == [np.asarray(scene()).tobytes()]
    wrong = [{"budget": 1}, {"estimator": "nope"}, {"max_order": 0}, {"seed": -1}, {"grid": (100, 1)}]
    for arguments in wrong:
        with pytest.raises(spex_core.InputError):
            spex_core.explain_image(scene(), backend, **arguments)
    assert len(backend.settled) == 1  # nothing was asked for what was refused


def test_files_and_bytes_give_the_same_explanation(tmp_path):
    (tmp_path / "scene.png").write_bytes(png_bytes(scene()))
    first, *others = (
        spex_core.explain_image(image, Both(answer="yes"), GRID, 200, seed=3)
        for image in (scene(), tmp_path / "scene.png", str(tmp_path / "scene.png"), png_bytes(scene()))
    )
    for other in others:
        assert other.spectrum.coefficients.tobytes() == first.spectrum.coefficients.tobytes()
        assert other.source == first.source


def test_progress_stop_samples_and_lock_reach_the_engine():
    from threading import Lock

    lock, seen, paid = Lock(), [], []

    class Locked(Both):
        def score(self, inputs):
            assert lock.locked()
            return super().score(inputs)

    explanation = spex_core.explain_image(
        scene(),
        Locked(answer="yes"),
        GRID,
        500,
        on_progress=seen.append,
        should_stop=lambda: len(seen) >= 3,
        on_samples=paid.append,
        lock=lock,
    )
    assert explanation.evaluations == sum(len(samples) for samples in paid) == 150
    assert not explanation.complete
    assert not lock.locked()
    again = spex_core.explain_image(scene(), Both(answer="yes"), GRID, 500, known=paid[0])
    assert again.evaluations == 500


def test_a_model_of_the_other_kind_is_refused():
    class Words(Backend):
        name, title, summary = "words", "Words", "Reads."

        def score(self, inputs):
            raise AssertionError

    with pytest.raises(spex_core.InputError, match="words reads texts, not pictures"):
        spex_core.explain_image(scene(), Words())
    with pytest.raises(spex_core.InputError, match="both reads pictures, not texts"):
        spex_core.explain_text("a b", Both(answer="yes"))


def test_wrong_pictures_and_settings_are_named():
    backend = Both(answer="yes")
    for image, arguments, words in [
        (b"GIF89a", {}, "a GIF; use PNG"),
        (7, {}, "a int is not a picture"),
        (scene(), {"masking": "unk"}, "not offered by both; use grey or blur or mean"),
        (scene(), {"question_words": True}, "has no question"),
        (scene(), {"grid": (40, 40)}, "1,600 features, above the limit of 1,024"),
    ]:
        with pytest.raises(spex_core.InputError, match=words):
            spex_core.explain_image(image, backend, **arguments)
    assert backend.seen == []
    assert image_masker(scene(), backend).masking == "grey"


def test_a_batch_of_pictures_that_does_not_fit_is_refused(monkeypatch):
    monkeypatch.setattr("spex_core.engine.design.available_bytes", lambda: 110_000_000)
    spex_core.explain_image(scene(), Both(answer="yes"), (2, 2), 16)
    with pytest.raises(spex_core.InputError, match=r"about 0\.\d GB of memory and 0\.1 GB are free"):
        spex_core.explain_image(scene((1200, 800)), Both(answer="yes"), (2, 2), 16)
