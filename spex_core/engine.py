"""Plan, evaluate, fit: the whole run of one explanation.

The plan is fixed before the first pass, so the cost is exact. Passes are made in batches whose contents
depend only on the arguments, never on timing, so the same seed gives the same explanation bit for bit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spex_core import faithfulness
from spex_core.anchors import belonging
from spex_core.arrays import BoolArray, FloatArray
from spex_core.auto import Auto
from spex_core.budget import check_whole, covers_cube
from spex_core.checking import call
from spex_core.cpu import one_blas_thread
from spex_core.design import MAX_ORDER, Design, cost, plan_run, stream
from spex_core.errors import InputError
from spex_core.explanation import Explanation, PictureSource, Source, TextSource
from spex_core.maskers.image import ImageMasker
from spex_core.maskers.text import TextMasker
from spex_core.masks import draw_distinct, row_keys
from spex_core.pictures import as_picture, png_bytes
from spex_core.protocols import Backend, Estimator, Fit, Masker, ValueFunction
from spex_core.registry import load_backend
from spex_core.samples import Plan, Samples
from spex_core.spectrum import Spectrum
from spex_core.stability import shortened
from spex_core.stacking import CrossFit

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["MAX_ORDER", "Progress", "cost", "explain", "explain_image", "explain_text", "image_masker", "text_masker"]

_BATCH = 256
_INPUTS = {"text": "texts", "image": "pictures"}
_PREVIEW_SHARE = 0.15  # previews may take this share of the time spent in the model
_FIRST_PREVIEW = 24
_FRESH = 4000  # masks on which the fits, not the model, are asked how much they vary


@dataclass(frozen=True, eq=False)
class Progress:
    """State of a run, handed to `on_progress` between batches.

    Attributes:
        done: masked passes made.
        total: masked passes planned.
        passes_per_second: speed so far, 0.0 before the first batch.
        seconds_left: estimated model time left, None before the first batch.
        stage: "evaluate", "fit" or "done".
        preview: an early estimate with its own held-out R², when a new one exists and was asked for.
    """

    done: int
    total: int
    passes_per_second: float
    seconds_left: float | None
    stage: str
    preview: Explanation | None = None


def explain(
    value_function: ValueFunction,
    n_features: int | Sequence[str],
    budget: int = 2000,
    estimator: str | Estimator = "auto",
    max_order: int = 5,
    seed: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    *,
    batch_size: int = _BATCH,
    known: Samples | None = None,
    on_samples: Callable[[Samples], None] | None = None,
    previews: bool = False,
) -> Explanation:
    """Explain a set function: which features act together, and how far to trust the answer.

    Args:
        value_function: (m, n) bool masks, True = kept -> (m,) finite floats; (m, 1) is accepted.
        n_features: number of features (1 to 1,024), or one label per feature.
        budget: most distinct masked passes, everything included.
        estimator: "auto", a name in `spex_core.registry.estimators()`, or an `Estimator`.
        max_order: largest interaction order searched, 1 to 8.
        seed: same seed and inputs give the same explanation, bit for bit.
        on_progress: called with a `Progress` between batches.
        should_stop: polled between batches; True ends the run early and explains what is paid for.
        batch_size: masks per call of `value_function`.
        known: samples paid for earlier; their masks are not evaluated again.
        on_samples: called with each batch just paid for.
        previews: compute early estimates and pass them to `on_progress`.

    Raises:
        InputError: an argument breaks a rule (BudgetError: the budget is below the estimator's minimum).
        ModelError: the value function raised, or returned NaN, infinity or a wrong shape
            (ModelOutputError); the error's `samples` holds what is paid for.
    """
    started = time.perf_counter()
    design = plan_run(n_features, budget, estimator, max_order, seed)
    run = _Run(design, value_function, check_whole("batch_size", batch_size, 1), known, previews, started)
    return run.finish(run.evaluate(on_progress, should_stop, on_samples), on_progress)


def refit(design: Design, known: Samples) -> Explanation:
    """Explain from passes that are paid for alone; the model is not asked.

    Args:
        design: which masks were planned, to fit and to judge.
        known: those that were made, all kept and all hidden among them.
    """
    run = _Run(design, _never, _BATCH, known, False, time.perf_counter())
    return run.finish(not np.isnan(run.values).any(), None)


def _never(masks: BoolArray) -> FloatArray:
    raise AssertionError("a refit asks no model")


def explain_text(
    text: str,
    backend: Backend | str,
    unit: str = "word",
    budget: int = 2000,
    estimator: str | Estimator = "auto",
    max_order: int = 5,
    seed: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    *,
    masking: str | None = None,
    known: Samples | None = None,
    on_samples: Callable[[Samples], None] | None = None,
    previews: bool = False,
    lock: AbstractContextManager[object] | None = None,
) -> Explanation:
    """Explain a model's output on a text: mask its features, query the backend, recover the interactions.

    Args:
        text: the input, unchanged in the result.
        backend: a loaded backend, or the name of one that needs no options.
        unit: what a feature is: "token", "word", "sentence" or "paragraph".
        masking: how features are hidden, one of `backend.maskings`; default its first.
        budget, estimator, max_order, seed, on_progress, should_stop, known, on_samples, previews: see `explain`.
        lock: held during each batch, so that runs which share a model take turns.

    Raises:
        InputError: an argument breaks a rule (TextError: the text is empty, too long or has too many features).
        ModelError: see `explain`.
    """
    if isinstance(backend, str):
        backend = load_backend(backend)
    masker = text_masker(text, backend, unit, masking)
    source = TextSource(text, tuple(masker.spans), masker.unit, masker.masking)
    settings = _Settings(
        budget, estimator, max_order, seed, on_progress, should_stop, known, on_samples, previews, lock
    )
    return _explain_input(text, masker, source, backend, settings)


def explain_image(
    image: Image | str | Path | bytes,
    backend: Backend | str,
    grid: tuple[int, int] = (8, 6),
    budget: int = 2000,
    estimator: str | Estimator = "auto",
    max_order: int = 5,
    seed: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    *,
    masking: str | None = None,
    question_words: bool = False,
    known: Samples | None = None,
    on_samples: Callable[[Samples], None] | None = None,
    previews: bool = False,
    lock: AbstractContextManager[object] | None = None,
) -> Explanation:
    """Explain a model's output on a picture: mask cells of a grid, query the backend, recover the interactions.

    Args:
        image: a PIL image, a path or a file's bytes; brought to the form of `spex_core.pictures` first.
        backend: a loaded backend, or the name of one that needs no options.
        grid: (columns, rows); features are its cells, row by row, named "A1", "A2", ...
        masking: how cells are hidden, one of `backend.maskings`; default its first.
        question_words: whether the words of the backend's question are features too, after the cells.
        budget, estimator, max_order, seed, on_progress, should_stop, known, on_samples, previews: see `explain`.
        lock: see `explain_text`.

    Raises:
        InputError: an argument breaks a rule (PictureError: the picture is damaged, too large or of another kind).
        ModelError: see `explain`.
    """
    if isinstance(backend, str):
        backend = load_backend(backend)
    picture = as_picture(image)
    masker = image_masker(picture, backend, grid, masking, question_words)
    source = PictureSource(png_bytes(picture), masker.grid, masker.masking, backend.question, tuple(masker.spans))
    settings = _Settings(
        budget, estimator, max_order, seed, on_progress, should_stop, known, on_samples, previews, lock
    )
    return _explain_input(picture, masker, source, backend, settings)


@dataclass(frozen=True, eq=False)
class _Settings:
    """What `explain_text` and `explain_image` pass on."""

    budget: int
    estimator: str | Estimator
    max_order: int
    seed: int
    on_progress: Callable[[Progress], None] | None
    should_stop: Callable[[], bool] | None
    known: Samples | None
    on_samples: Callable[[Samples], None] | None
    previews: bool
    lock: AbstractContextManager[object] | None


def _explain_input(whole: Any, masker: Masker, source: Source, backend: Backend, settings: _Settings) -> Explanation:
    """Explain `backend` on the input that `masker` cuts; `whole` is that input, unmasked."""
    started = time.perf_counter()
    lock = settings.lock or nullcontext()
    batch = backend.batch_size(masker) * masker.input_bytes
    design = plan_run(masker.labels, settings.budget, settings.estimator, settings.max_order, settings.seed, batch)
    with lock:
        settled = backend.settle(whole)
    function = settled.value_function(masker)

    def take_turn(masks: BoolArray) -> FloatArray:
        with lock:
            return function(masks)

    def describe(explanation: Explanation) -> Explanation:
        return replace(
            explanation,
            model=settled.spec,
            value_unit=settled.unit,
            toward=settled.toward,
            source=source,
            notes=(*explanation.notes, *settled.notes()),
        )

    def report(progress: Progress) -> None:
        if settings.on_progress is not None:
            preview = progress.preview
            settings.on_progress(progress if preview is None else replace(progress, preview=describe(preview)))

    size = settled.batch_size(masker)
    run = _Run(design, take_turn, size, settings.known, settings.previews, started)
    return describe(run.finish(run.evaluate(report, settings.should_stop, settings.on_samples), report))


def text_masker(text: str, backend: Backend, unit: str = "word", masking: str | None = None) -> TextMasker:
    """Cut `text` into features for `backend`.

    Raises:
        InputError: the backend has no such masking or no tokenizer for unit="token"; TextError, see `TextMasker`.
    """
    masking = _masking(backend, "text", masking)
    tokens = backend.token_spans(text) if unit == "token" else None
    if unit == "token" and tokens is None:
        raise InputError(f'{backend.name} has no tokenizer of its own; use unit="word"')
    return TextMasker(text, unit=unit, masking=masking, token_spans=tokens, mask_token=backend.mask_token)


def image_masker(
    image: Image,
    backend: Backend,
    grid: tuple[int, int] = (8, 6),
    masking: str | None = None,
    question_words: bool = False,
) -> ImageMasker:
    """Cut `image`, in the form of `pictures.as_picture`, into features for `backend`.

    Raises:
        InputError: the backend reads no pictures, has no such masking, or asks no question whose words could be
            features; a bad grid, see `ImageMasker`.
    """
    masking = _masking(backend, "image", masking)
    if question_words and not backend.question.strip():
        raise InputError(f"{backend.name} has no question here, so its words cannot be features; give it a question")
    question = backend.question if question_words else ""
    return ImageMasker(image, grid, masking, question, backend.mask_token)


def _masking(backend: Backend, modality: str, masking: str | None) -> str:
    """The masking to use, after checking that the backend reads this kind of input and offers it."""
    if backend.modality != modality:
        reads, given = _INPUTS.get(backend.modality, backend.modality), _INPUTS[modality]
        raise InputError(f"{backend.name} reads {reads}, not {given}; give it {reads} or choose another model")
    masking = masking or backend.maskings[0]
    if masking not in backend.maskings:
        raise InputError(f"masking={masking!r} is not offered by {backend.name}; use {' or '.join(backend.maskings)}")
    return masking


class _Run:
    """The moving parts of one run."""

    def __init__(
        self,
        design: Design,
        value_function: ValueFunction,
        batch_size: int,
        known: Samples | None,
        previews: bool,
        started: float,
    ) -> None:
        self.design = design
        self.function = value_function
        self.batch_size = batch_size
        self.values = np.full(len(design.masks), np.nan)
        self.previews = previews
        self.started = started
        self.seconds_model = 0.0
        self.seconds_preview = 0.0
        self.fresh = 0
        if known is not None and len(known):
            paid = dict(zip(row_keys(known.masks), known.values.tolist(), strict=True))
            self.values[:] = [paid.get(key, np.nan) for key in row_keys(design.masks)]

    def paid(self) -> Samples:
        """Every sample paid for so far."""
        rows = np.flatnonzero(~np.isnan(self.values))
        return Samples(self.design.masks[rows], self.values[rows])

    def evaluate(
        self,
        on_progress: Callable[[Progress], None] | None,
        should_stop: Callable[[], bool] | None,
        on_samples: Callable[[Samples], None] | None,
    ) -> bool:
        """Make the passes; False where `should_stop` ended them early."""
        open_rows = np.flatnonzero(np.isnan(self.values))
        if on_progress is not None and len(open_rows) < len(self.values):
            on_progress(self.progress("evaluate" if len(open_rows) else "fit"))  # some or all is paid for already
        next_preview = _FIRST_PREVIEW
        for start in range(0, len(open_rows), self.batch_size):
            rows = open_rows[start : start + self.batch_size]
            began = time.perf_counter()
            self.values[rows] = call(self.function, self.design.masks[rows], self.paid)
            self.seconds_model += time.perf_counter() - began
            self.fresh += len(rows)
            if on_samples is not None:
                on_samples(Samples(self.design.masks[rows], self.values[rows]))
            last = start + self.batch_size >= len(open_rows)
            preview = None
            done = len(self.values) - len(open_rows) + self.fresh
            affordable = self.seconds_preview <= _PREVIEW_SHARE * self.seconds_model
            if self.previews and not last and done >= next_preview and affordable:
                preview = self._preview()
                next_preview = int(done * 1.3) + 1
            if on_progress is not None:
                on_progress(self.progress("fit" if last else "evaluate", preview))
            if should_stop is not None and not last and should_stop():
                return False
        return True

    def progress(self, stage: str, preview: Explanation | None = None) -> Progress:
        """Where the run stands."""
        total = len(self.values)
        done = int((~np.isnan(self.values)).sum())
        speed = self.fresh / self.seconds_model if self.seconds_model > 0 else 0.0
        return Progress(done, total, speed, (total - done) / speed if speed else None, stage, preview)

    def _training(self) -> tuple[Samples, bool]:
        """Training samples paid for, and whether they are the whole plan."""
        rows = self.design.training
        paid = ~np.isnan(self.values[rows])
        rows = rows[paid]
        return Samples(self.design.masks[rows], self.values[rows]), bool(paid.all())

    def _fit(self) -> tuple[Fit, str]:
        design = self.design
        samples, whole = self._training()
        rng = stream(design.seed, "fit")
        said: tuple[str, ...] = ()
        if design.estimator.name != "exact":
            samples, said = belonging(samples)
        if whole or not design.estimator.needs_whole_plan:
            fit = design.estimator.fit(samples, design.plan, design.max_order, rng)
            return replace(fit, notes=(*fit.notes, *said)), fit.estimator or design.estimator.name
        fit = Auto().fit(samples, Plan(design.masks[:0]), design.max_order, rng)
        note = (
            f"{design.estimator.name} needs its whole plan; {fit.estimator} was fitted to the passes paid for instead"
        )
        return replace(fit, notes=(*fit.notes, *said, note)), fit.estimator

    def _unseen(self) -> Samples:
        """Masks set aside that are paid for."""
        rows = self.design.test[~np.isnan(self.values[self.design.test])]
        return Samples(self.design.masks[rows], self.values[rows])

    def _control(self, cross: CrossFit) -> faithfulness.Control:
        """What fits that left out a part of the training rows say of the masks set aside."""
        unseen = self._unseen()
        fresh = draw_distinct(unseen.masks.shape[1], _FRESH, stream(self.design.seed, "judge"))
        return faithfulness.Control(
            cross.mean_squared_errors(unseen.masks, unseen.values),
            cross.squared_errors(),
            cross.spreads(self._training()[0].values, fresh),
        )

    def _judge(self, spectrum: Spectrum, control: faithfulness.Control | None) -> faithfulness.Faithfulness:
        """R² of a spectrum on the masks set aside, or over all masks where all are known."""
        design = self.design
        whole = not len(design.test) and covers_cube(design.masks.shape[1], design.budget)
        if whole and not np.isnan(self.values).any():
            return faithfulness.exact(self.values, spectrum.predict(design.masks))
        unseen = self._unseen()
        rng = stream(design.seed, "judge")
        return faithfulness.measure(unseen.values, spectrum.predict(unseen.masks), rng, control)

    def finish(self, complete: bool, on_progress: Callable[[Progress], None] | None) -> Explanation:
        """Fit what is paid for."""
        with one_blas_thread():
            fit, name = self._fit()
        stopped = () if complete else (f"stopped after {len(self.paid())} of {len(self.values)} planned passes",)
        explanation = self._explanation(fit, name, complete, (*self.design.plan.notes, *fit.notes, *stopped))
        if on_progress is not None:
            on_progress(self.progress("done"))
        return explanation

    def _preview(self) -> Explanation | None:
        began = time.perf_counter()
        rng = stream(self.design.seed, "preview")
        with one_blas_thread():
            samples, _ = belonging(self._training()[0])
            fit = Auto().preview(samples, self.design.max_order, rng)
        preview = self._explanation(fit, fit.estimator, False, ("early estimate",))
        self.seconds_preview += time.perf_counter() - began
        return preview

    def _explanation(self, fit: Fit, name: str, complete: bool, notes: tuple[str, ...]) -> Explanation:
        design = self.design
        control = None if fit.cross is None else self._control(fit.cross)
        report = self._judge(fit.spectrum if fit.accurate is None else fit.accurate, control)
        return Explanation(
            features=design.labels,
            spectrum=fit.spectrum,
            draws=fit.draws,
            output_full=float(self.values[0]),
            output_empty=float(self.values[1]),
            faithfulness_report=report,
            accurate=fit.accurate,
            listed_report=None if fit.accurate is None else self._judge(fit.spectrum, control),
            resampled=None if fit.resampled is None else shortened(fit.resampled),
            estimator=name,
            requested_estimator=design.requested,
            budget=design.budget,
            evaluations=len(self.paid()),
            max_order=design.max_order,
            seed=design.seed,
            seconds_model=self.seconds_model,
            seconds_decode=time.perf_counter() - self.started - self.seconds_model,
            notes=notes,
            complete=complete,
        )
