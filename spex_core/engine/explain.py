"""How a run goes, and where it begins: `explain` for any set function, `explain_text`, `explain_image`.

1. Plan (`engine.design`, `coding.plan`). Every mask is chosen before the first pass: all kept, all hidden, some that
   no fit will see, and the beginning of one sequence of coded masks, the same for every estimator.
2. Evaluate (`engine.evaluation`). The model is asked once for each mask, in batches.
3. Decode (`coding`: `peeling`, `chase`, `bch_decoding`). A Walsh-Hadamard transform of each coded group hashes the
   Fourier coefficients into bins; in a bin the signs of a lone coefficient are a noisy codeword that names its support.
   What is found is subtracted from every group, which bares others.
4. Estimate (`estimation.estimators.auto`). First order, what was decoded, boosted trees (`boosting`) and a Gaussian
   process (`posterior`) are averaged as rows kept apart say (`stacking`): the *accurate* spectrum, which predicts.
5. Test (`fourier.significance`). Those of its terms that are told from zero at a false-discovery rate of 5 %, with
   unbiased estimates from rows that a model had not seen: the *listed* spectrum, which is sparse and drawn.
   `fourier.stability` asks how often each of them reappears in resamples of the rows.
6. Judge (`fourier.faithfulness`). Each of the two by its R² on the masks that no fit has seen.
7. Read (`explanation`, `fourier.conversions`). Any interaction index follows from the listed spectrum exactly.

Steps 3 to 5 are those of `auto`; another estimator has its own (`estimation.estimators`). From 3 on the model is not
asked again. The plan fixes the cost, and the same seed, inputs and values give the same explanation: bit for bit on one
machine with the same versions of its libraries. Another processor rounds otherwise: the last digits of numbers may
differ there, while what ties but for rounding is put in order by position, not by those digits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spex_core.arrays import Samples, ValueFunction
from spex_core.engine.design import Design, plan_run
from spex_core.engine.evaluation import Evaluation
from spex_core.engine.features import image_masker, text_masker
from spex_core.engine.fitting import EarlyEstimates, estimate
from spex_core.engine.settings import Progress, Replies, Settings
from spex_core.errors import InputError, check_whole
from spex_core.estimation.base import Estimator
from spex_core.explanation.result import Explanation
from spex_core.explanation.sources import PictureSource, Source, TextSource
from spex_core.fourier.masks import Known
from spex_core.inputs.base import Masker
from spex_core.inputs.pictures import DEFAULT_GRID, as_picture
from spex_core.inputs.superpixels import cut
from spex_core.models.base import Backend
from spex_core.models.registry import load_backend

if TYPE_CHECKING:
    from PIL.Image import Image


_BATCH = 256


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
    known: Samples | Known | None = None,
    on_samples: Callable[[Samples], None] | None = None,
    previews: bool = False,
    replies: Replies | None = None,
) -> Explanation:
    """Explain a set function: which features act together, and how far to trust the answer.

    Args:
        value_function: (m, n) bool masks, True = kept -> (m,) finite floats from -1e100 to 1e100; (m, 1) and torch
            tensors are accepted.
        n_features: number of features (1 to 1,024), or one label per feature: anything that has an order.
        budget: most distinct masked passes, everything included.
        estimator: "auto", a name in `spex_core.estimation.registry.estimators()`, or an `Estimator`.
        max_order: largest interaction order searched, 1 to 8.
        seed: same seed and inputs give the same explanation, bit for bit on one machine with the same versions of its
            libraries; on another processor the last digits of numbers may differ.
        on_progress: called with a `Progress` between batches.
        should_stop: polled between batches; True ends the run early and explains what is paid for.
        batch_size: masks per call of `value_function`.
        known: samples paid for earlier; their masks are not evaluated again, nor those added to a `Known` meanwhile.
        on_samples: called with what was paid for as soon as it is there: a batch, of a `Piecewise` value function a
            few passes, of a batch that fails those without fault. What it refuses by raising does not count.
        previews: compute early estimates and pass them to `on_progress`.
        replies: for values that are shares of yes-or-no replies: of how many, (m, n) masks -> (m,). Surer values then
            count more, and R² comes with its ceiling.

    Raises:
        InputError: an argument breaks a rule, or `known` holds a value out of that range (BudgetError: the budget is
            below the estimator's minimum).
        ModelError: the value function raised, or returned NaN, infinity, a value out of that range, a masked entry or a
            wrong shape (ModelOutputError); the error's `samples` holds what is paid for.
    """
    started = time.perf_counter()
    design = plan_run(n_features, budget, estimator, max_order, seed, draws=replies is not None)
    size = check_whole("batch_size", batch_size, 1)
    settings = Settings(
        budget=budget,
        estimator=estimator,
        max_order=max_order,
        seed=seed,
        on_progress=on_progress,
        should_stop=should_stop,
        known=known,
        on_samples=on_samples,
        previews=previews,
        replies=replies,
    )
    return _run(Evaluation(design, known, started, replies), value_function, size, settings)


def _run(evaluation: Evaluation, function: ValueFunction, batch_size: int, settings: Settings) -> Explanation:
    evaluation.make(function, batch_size, settings, EarlyEstimates(evaluation) if settings.previews else None)
    explanation = estimate(evaluation)
    if settings.on_progress is not None:
        settings.on_progress(evaluation.progress("done"))
    return explanation


def explain_passes(design: Design, known: Samples) -> Explanation:
    """Explain from passes that are paid for alone; the model is not asked.

    Args:
        design: which masks were planned, to fit and to judge.
        known: those that were made, all kept and all hidden among them.
    """
    return estimate(Evaluation(design, known, time.perf_counter()))


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
    keep: Iterable[Sequence[int]] = (),
    only: Iterable[Sequence[int]] = (),
    expected: str = "",
    known: Samples | Known | None = None,
    on_samples: Callable[[Samples], None] | None = None,
    previews: bool = False,
    lock: AbstractContextManager[object] | None = None,
) -> Explanation:
    """Explain a model's output on a text: mask its features, query the backend, recover the interactions.

    Args:
        text: the input, unchanged in the result.
        backend: a loaded backend, or the name of one that needs no options.
        unit: what a feature is: "token", "word", "sentence", "line", "paragraph", or "regex:" and a regular expression,
            each of whose matches is one.
        masking: how features are hidden, one of `backend.maskings`; default its first.
        keep: stretches (start, end) of characters of which nothing is ever masked; units that touch one stay whole.
        only: stretches outside of which nothing is masked; units that touch one are features. All where there is none.
        expected: the answer that is right, where it is known; kept with the result, which does not depend on it.
        budget, estimator, max_order, seed, on_progress, should_stop, known, on_samples, previews: see `explain`.
        lock: held during each batch and its `on_samples`, so that runs which share a model take turns.

    Raises:
        InputError: an argument breaks a rule (TextError: the text is empty, too long or has too many features).
        ModelError: see `explain`.
    """
    if isinstance(backend, str):
        backend = load_backend(backend)
    masker = text_masker(text, backend, unit, masking, keep, only)
    settings = Settings(
        budget=budget,
        estimator=estimator,
        max_order=max_order,
        seed=seed,
        on_progress=on_progress,
        should_stop=should_stop,
        known=known,
        on_samples=on_samples,
        previews=previews,
        lock=lock,
    )
    return explain_masked(text, masker, TextSource.of(masker, expected), backend, settings)


def explain_image(
    image: Image | str | Path | bytes,
    backend: Backend | str,
    grid: tuple[int, int] | None = None,
    budget: int = 2000,
    estimator: str | Estimator = "auto",
    max_order: int = 5,
    seed: int = 0,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    *,
    masking: str | None = None,
    question_words: bool = False,
    segments: int | None = None,
    expected: str = "",
    known: Samples | Known | None = None,
    on_samples: Callable[[Samples], None] | None = None,
    previews: bool = False,
    lock: AbstractContextManager[object] | None = None,
) -> Explanation:
    """Explain a model's output on a picture: mask its patches, query the backend, recover the interactions.

    Args:
        image: a PIL image, a path or a file's bytes; brought to the form of `spex_core.inputs.pictures` first.
        backend: a loaded backend, or the name of one that needs no options.
        grid: (columns, rows); features are its cells, row by row, named "A1", "A2", ... (8, 6) where it is not given.
        masking: how cells or segments are hidden, one of `backend.maskings`; default its first.
        question_words: whether the words of the backend's question are features too, after the cells or segments.
        segments: instead of a grid, how many superpixels the picture is cut into, whose outlines follow its objects:
            1 to 1,024, named "S1", "S2", ... in reading order.
        expected: see `explain_text`.
        budget, estimator, max_order, seed, on_progress, should_stop, known, on_samples, previews: see `explain`.
        lock: see `explain_text`.

    Raises:
        InputError: an argument breaks a rule (PictureError: the picture is damaged, too large or of another kind).
        ModelError: see `explain`.
    """
    if isinstance(backend, str):
        backend = load_backend(backend)
    picture = as_picture(image)
    if segments is not None and grid is not None:
        raise InputError("a picture is cut into a grid or into segments, not into both; leave one of them out")
    found = None if segments is None else cut(picture, segments)
    masker = image_masker(picture, backend, grid or DEFAULT_GRID, masking, question_words, found)
    settings = Settings(
        budget=budget,
        estimator=estimator,
        max_order=max_order,
        seed=seed,
        on_progress=on_progress,
        should_stop=should_stop,
        known=known,
        on_samples=on_samples,
        previews=previews,
        lock=lock,
    )
    return explain_masked(picture, masker, PictureSource.of(masker, backend.question, expected), backend, settings)


def explain_masked(whole: Any, masker: Masker, source: Source, backend: Backend, settings: Settings) -> Explanation:
    """Explain a model's output on an input of any kind; what `explain_text` and `explain_image` come to.

    Args:
        whole: the input, unmasked, as `Backend.score` takes it.
        masker: cuts that input.
        source: the same input as the explanation keeps it.
        backend: a loaded backend.
        settings: the choices of the run.

    Raises:
        InputError, ModelError: see `explain`.
    """
    started = time.perf_counter()
    lock = settings.lock or nullcontext()
    batch = backend.batch_size(masker) * masker.input_bytes
    draws = backend.samples
    design = plan_run(
        masker.labels,
        settings.budget,
        settings.estimator,
        settings.max_order,
        settings.seed,
        batch,
        draws=draws,
    )
    with lock:
        settled = backend.settle(whole)
    function = settled.value_function(masker)

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

    evaluation = Evaluation(design, settings.known, started, settled.replies if draws else None)
    size = settled.batch_size(masker)
    return describe(_run(evaluation, function, size, replace(settings, on_progress=report)))
