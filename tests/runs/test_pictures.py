"""Runs on pictures: the same manager, samples by pixels, answers, forecasts."""

import io
import threading

import numpy as np
import pytest

from spex_core.errors import InputError, PictureError
from spex_core.inputs.maskers.image import ImageMasker
from spex_core.inputs.pictures import MAX_BYTES, png_bytes
from spex_core.models import registry
from spex_core.models.base import Forecast, ModelSpec
from spex_core.runs.manager import RunManager
from spex_core.runs.models import Failure
from spex_core.runs.requests import PictureRequest, RunRequest, TextRequest
from spex_core.runs.store.run_store import RunStore
from tests.support.fake_pictures import GRID, Both, scene
from tests.support.waiting import over, said

PICTURE = png_bytes(scene())
MODEL = ModelSpec("both", {"question": "a dog?"})


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    monkeypatch.setitem(registry.backends(), "both", Both)
    monkeypatch.setattr(Both, "loads", 0)
    monkeypatch.setattr(Both, "told", None)


@pytest.fixture
def manager(tmp_path):
    return RunManager(RunStore(tmp_path))


def _request(**changes):
    given = {"picture": PICTURE, "grid": GRID, "model": MODEL, "budget": 300, "masking": "grey", **changes}
    return PictureRequest(**given)


def _scored(manager):
    return sum(len(backend.seen) for backend in manager.models.loaded.all())


def test_requests_are_told_by_name_and_hold_their_kind():
    for kind in (PictureRequest, TextRequest):
        assert issubclass(kind, RunRequest)
        with pytest.raises(TypeError):
            kind(b"positional", MODEL)
    with pytest.raises(TypeError):
        RunRequest(model=MODEL)
    assert str(PICTURE[:8]) not in repr(_request())


def test_a_picture_is_explained_saved_and_found_again(manager):
    run = over(manager.start(_request()))
    assert run.state == "done", run.error
    assert run.explanation.interactions("FBII", order=2)[0].features == (2, 9)
    assert run.explanation.model.options == {"question": "a dog?", "answer": "yes"}
    found = RunManager(manager.store).get(run.id)
    assert found.explanation.to_json() == run.explanation.to_json()
    assert isinstance(found.request, PictureRequest)
    assert (found.request.grid, found.request.masking, found.request.budget) == (GRID, "grey", 300)
    assert Both.loads == 2  # once loaded, once settled: nothing else was loaded for it


def test_repeating_a_stored_run_pays_nothing_whatever_file_it_came_from(manager):
    run = over(manager.start(_request()))
    scored = _scored(manager)
    repeated = over(manager.start(manager.get(run.id).request))
    lossless = io.BytesIO()
    scene().save(lossless, "WEBP", lossless=True)
    again = over(manager.start(_request(picture=lossless.getvalue())))
    stored = over(manager.start(RunManager(manager.store).get(run.id).request))
    for other in (repeated, again, stored):
        assert other.state == "done", other.error
        assert other.explanation.spectrum.coefficients.tobytes() == run.explanation.spectrum.coefficients.tobytes()
    assert _scored(manager) == scored
    for changes in ({"grid": (4, 2)}, {"masking": "mean"}, {"question_words": True}):
        assert over(manager.start(_request(**changes))).state == "done"
        assert _scored(manager) > scored
        scored = _scored(manager)


def test_check_asks_the_settled_model_about_the_stored_picture(manager):
    run = over(manager.start(_request(question_words=True)))
    loads, scored = Both.loads, _scored(manager)
    mask = np.ones(14, dtype=bool)
    assert manager.models.check(run.explanation, mask) == 4.0
    mask[2] = False
    assert manager.models.check(run.explanation, mask) == 1.0
    mask[13] = False
    assert manager.models.check(run.explanation, mask) == 0.0
    assert Both.loads == loads
    assert _scored(manager) == scored + 3
    with pytest.raises(InputError, match="does not fit 14"):
        manager.models.check(run.explanation, mask[:12])


def test_wrong_requests_fail_with_one_line(manager):
    for request, words in [
        (_request(picture=b"GIF89a"), "a GIF"),
        (_request(picture=b"\x89PNG" + bytes(MAX_BYTES)), "10 MB"),
        (_request(grid=(0, 1)), "grid columns"),
        (_request(grid=(65, 1)), "between 1 and 64"),
        (_request(masking="unk"), "masking='unk'"),
        (_request(model=ModelSpec("both"), question_words=True), "has no question"),
        (_request(budget=1), "budget=1"),
        (_request(model=ModelSpec("minilm-sentiment")), "reads texts"),
        (_request(model=ModelSpec("nothing")), "does not exist"),
        (_request(model=ModelSpec("both", {"tempo": "9"})), "no option 'tempo'"),
        (TextRequest(text="a b c", model=MODEL), "reads pictures"),
    ]:
        run = over(manager.start(request))
        assert run.state == "failed"
        assert words in run.error
        assert "\n" not in run.error


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (Forecast(problem="the folder holds no weights"), "both cannot run here: the folder holds no weights"),
        (
            Forecast(memory_bytes=16_000_000_000, free_bytes=4_000_000_000),
            "16.0 GB of memory on cpu and 4.0 GB are free",
        ),
    ],
)
def test_a_model_that_cannot_run_here_is_refused_before_it_is_loaded(manager, told, words):
    Both.told = told
    run = over(manager.start(_request()))
    assert run.state == "failed"
    assert words in run.error
    with pytest.raises(InputError, match="both"):
        manager.models.answer(_request())
    assert words in said(lambda: manager.models.ask(_request()))
    assert Both.loads == 0


def test_speed_of_a_large_model_is_forecast_not_measured(manager):
    Both.told = Forecast(passes_per_second=2.5)
    assert said(lambda: manager.models.speed(_request())) == 2.5
    assert isinstance(Both.asked, ImageMasker)
    assert Both.asked.n_features == 12
    assert Both.loads == 0
    assert manager.models.forecast(_request()) == Both.told
    manager.models.backend(MODEL)
    assert (
        said(lambda: manager.models.speed(_request(model=ModelSpec("both", {**MODEL.options, "answer": "x"})))) == 2.5
    )


def test_speed_is_measured_once_the_model_is_there_or_built_in(manager):
    told = ModelSpec("both", {"answer": "yes"})
    assert said(lambda: manager.models.speed(_request(model=told))) > 10
    Both.told = Forecast(passes_per_second=0.001)
    assert said(lambda: manager.models.speed(_request(model=told, grid=(2, 2)))) > 10
    assert manager.models.speed(_request(picture=b"")) is None


def test_answers_are_asked_for_once_and_do_not_wait(manager):
    assert manager.models.answer(_request()) == "yes"
    assert manager.models.ask(_request()) is None
    assert said(lambda: manager.models.ask(_request())) == "yes"
    assert not isinstance(
        manager.models.ask(_request(grid=(2, 2))), Failure
    )  # the grid changes nothing about the answer
    assert threading.active_count() < 20


def test_a_question_that_fails_is_a_failure_and_can_be_asked_again(manager):
    backend = manager.models.backend(MODEL)
    backend.broken = True
    failure = said(lambda: manager.models.ask(_request()))
    assert isinstance(failure, Failure)
    assert "the picture model went away" in failure
    backend.broken = False
    assert isinstance(manager.models.ask(_request()), Failure)
    assert manager.models.ask(_request(), again=True) is None
    assert said(lambda: manager.models.ask(_request())) == "yes"
    assert isinstance(manager.models.ask(_request(picture=b"no picture")), Failure)


def test_a_model_that_does_not_speak_answers_nothing(manager):
    request = TextRequest(text="a fine film", model=ModelSpec("minilm-sentiment"))
    assert manager.models.answer(request) is None
    assert said(lambda: manager.models.ask(request)) == ""
    with pytest.raises(PictureError):
        manager.models.answer(_request(picture=b""))
