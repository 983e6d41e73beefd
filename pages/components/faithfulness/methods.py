"""Methods side by side: the baselines and the estimators on the same passes."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from pages.components.common.markup import draw, say, tag
from pages.components.faithfulness.case import Case, make_again, why_not
from pages.components.faithfulness.pieces import chart, dark, heading, table
from pages.components.faithfulness.work import Job, Work, jobs, working
from spex_core.estimation.registry import estimators
from spex_core.fourier.spectrum import Spectrum
from spex_core.trust.baseline import VERSIONS
from spex_core.trust.methods import Method, Outcome, methods, run_method
from spex_core.trust.passes import Passes
from spex_core.views.bars import Bar, r2_figure
from spex_core.views.patches import group
from spex_core.views.style import number


def methods_tab(about: Case) -> None:
    """The table of methods, filling as they are fitted."""
    heading(
        "Baselines on the same passes",
        "Every method is fitted to the passes of this run and judged on the same masks that none of them has "
        "seen, unless a note below says otherwise. The model is not asked. Solid bars: what this app does itself; "
        "hatched: the baselines.",
    )
    if about.passes is None:
        make_again(about)
        return
    listed = _listed(about.passes)
    job = fitting(about)
    done: dict[str, Outcome] = dict(job.results)
    fitted = [done[method.title] for method in listed if method.title in done and done[method.title].r2 is not None]
    if fitted:
        bars = [Bar(o.method.title, o.r2.r2, o.r2.low, o.r2.high, _is_ours(o.method)) for o in fitted if o.r2]
        best = max(bars, key=lambda bar: bar.value)
        chart(
            r2_figure(bars, dark=dark()),
            "methods-chart",
            f"R² of {len(bars)} methods; the largest is {number(best.value)}, by {best.name}",
        )
    rows = [_row(about, method, done.get(method.title)) for method in listed]
    table(("Method", "R²", "90 % interval", "Fit", "What it found"), rows, key="methods-table", numbers=(1, 2, 3))
    _packages(listed)
    _notes(fitted)


def fitting(about: Case) -> Job:
    """The work of fitting every method, begun if it was not."""
    return working(_key(about), _work(about), slow=True)


def begin(about: Case) -> None:
    """Fit every method, without a word on the page."""
    jobs().start(_key(about), _work(about), slow=True)


def outcomes(about: Case) -> dict[str, Outcome]:
    """The methods that were fitted so far, by title; starts nothing."""
    job = jobs().get(_key(about))
    found: dict[str, Outcome] = {} if job is None else dict(job.results)
    return {title: outcome for title, outcome in found.items() if outcome.spectrum is not None}


def begun(about: Case) -> bool:
    """Whether the methods were fitted, or are being fitted."""
    return jobs().get(_key(about)) is not None


def _key(about: Case) -> str:
    return f"methods@{about.key}"


def _work(about: Case) -> Work:
    assert about.passes is not None
    return partial(_fit, about.passes, _listed(about.passes))


def _listed(passes: Passes) -> list[Method]:
    return methods(passes.n_features, len(passes.training), passes.max_order)


def _fit(passes: Passes, listed: Sequence[Method], job: Job) -> Iterator[tuple[str, Any]]:
    job.total = len(listed)
    for method in listed:
        if method.title not in job.results:
            job.now = f"Fitting {method.title}"
            yield method.title, run_method(method, passes, passes.seed)


def _row(about: Case, method: Method, outcome: Outcome | None) -> tuple[object, ...]:
    if outcome is None:
        return method.title, "", "", "", "not fitted yet"
    if outcome.r2 is None or outcome.spectrum is None:
        ours = _is_ours(method) and about.passes is not None
        reason = why_not(about.passes, method.name, outcome.reason) if ours else outcome.reason
        return method.title, "–", "", "", reason
    r2 = outcome.r2
    interval = f"{number(r2.low)} to {number(r2.high)}"
    return method.title, number(r2.r2, 3), interval, _took(outcome.seconds), _found(about, outcome.spectrum)


def _is_ours(method: Method) -> bool:
    return method.order is None and method.name in estimators()


def _found(about: Case, spectrum: Spectrum) -> str:
    """How many terms of which orders, and the strongest."""
    terms = [
        (abs(value), support)
        for support, value in zip(spectrum.supports, spectrum.coefficients.tolist(), strict=True)
        if support and value != 0.0
    ]
    if not terms:
        return "nothing"
    orders = sorted({len(support) for _, support in terms})
    span = f"order {orders[0]}" if len(orders) == 1 else f"orders {orders[0]}–{orders[-1]}"
    strongest = group(about.explanation, max(terms)[1], 4)
    return f"{len(terms):,} term{'s' if len(terms) != 1 else ''}, {span}; strongest: {strongest}"


def _notes(fitted: Sequence[Outcome]) -> None:
    """What the baselines have to say, each sentence once, with whose it is."""
    whose: dict[str, dict[str, None]] = {}
    for outcome in fitted:
        for note in () if _is_ours(outcome.method) else outcome.notes:
            whose.setdefault(note, {})[outcome.method.title.split(",")[0]] = None
    if whose:
        lines = (f"{', '.join(titles)}: {note}" for note, titles in whose.items())
        draw(*(tag("p", line, class_="spex-say spex-hint") for line in lines))


def _packages(listed: Sequence[Method]) -> None:
    """Which libraries are missing, and how to install them."""
    wanted = sorted({method.package for method in listed if method.package})
    missing = [name for name in wanted if importlib.util.find_spec(name) is None]
    if missing:
        pins = " ".join(f"{name}=={VERSIONS[name]}" for name in missing)
        say(f"Not installed here: {', '.join(missing)}. To have them fitted as well: pip install {pins}", "warning")


def _took(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 0.95 else f"{1000 * seconds:.0f} ms"
