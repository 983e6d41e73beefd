"""Faithfulness on movie reviews: `auto` beside published SPEX and both published ProxySPEX.

    python benchmarks/reviews.py                  both tables, and writes them and the plot into benchmarks/README.md
    python benchmarks/reviews.py --seeds 1 --dry  one seed, prints only

The embedded sentiment model scores twelve reviews of 30 to 250 words; hidden words are removed. R² is of the
prediction on fresh uniform masks that no method has seen. SPEX is `spectralexplain.Explainer` at the budget of its
b = 4; ProxySPEX is shapiq's and the authors', each on uniform masks of its own as it draws them. Our budget counts
every pass, those set aside for judging included. Seconds are processor time of everything but the model. What the
model said of a mask is kept in build/bench, so a stopped run goes on where it was.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import os
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

# Before NumPy and numba are imported: two threads of sparse-transform on cores that have other work wait for each
# other busily, and its processor time was eight times as high.
os.environ |= {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import numpy as np
from proxyspex import uniform_masks, with_shapiq

import spex_core
from spex_core.arrays import BoolArray, FloatArray, Samples
from spex_core.coding.plan import nominal_rows
from spex_core.engine.features import text_masker
from spex_core.fourier.faithfulness import r_squared
from spex_core.fourier.masks import draw_distinct, row_keys
from spex_core.fourier.spectrum import Spectrum, evaluate

HERE = Path(__file__).parent
REVIEWS = HERE.parent / ".." / "shared" / "data" / "reviews.csv"
KEPT = HERE.parent / "build" / "bench"
ORDER = 5
FRESH = 5000
BUDGETS = (500, 1000, 2000, 4000)
PROXY_REVIEWS = 4  # the shortest ones, which a budget of 4,000 is paid for
GOAL = 0.8  # R² for which masks are counted
NEAR = 0.02


class Scored:
    """A review whose scores are kept: masks (m, n) -> (m,)."""

    def __init__(self, text: str) -> None:
        self.backend = spex_core.load_backend("minilm-sentiment")
        self.masker = text_masker(text, self.backend, "word", "removal")
        self.n = len(self.masker.labels)
        self.model = self.backend.value_function(self.masker)
        self.file = KEPT / f"review-{self.n}.npz"
        self.seconds = 0.0
        self.known: dict[bytes, float] = {}
        if self.file.exists():
            kept = np.load(self.file)
            if str(kept["text"]) == text:
                self.known = dict(zip((row.tobytes() for row in kept["masks"]), kept["values"].tolist(), strict=True))
        self.text = text

    def __call__(self, masks: BoolArray) -> FloatArray:
        """Scores; `seconds` grows by the time this takes."""
        began = time.process_time()
        masks = np.asarray(masks).astype(bool)
        keys = row_keys(masks)
        new = [row for row, key in enumerate(keys) if key not in self.known]
        for start in range(0, len(new), 512):
            rows = new[start : start + 512]
            for row, value in zip(rows, self.model(masks[rows]).tolist(), strict=True):
                self.known[keys[row]] = value
        if new:
            self.save()
        self.seconds += time.process_time() - began
        return np.array([self.known[key] for key in keys])

    def save(self) -> None:
        """Keep what the model said."""
        KEPT.mkdir(parents=True, exist_ok=True)
        masks = np.array([np.frombuffer(key, dtype=np.uint8) for key in self.known])
        np.savez(self.file, text=self.text, masks=masks, values=np.array(list(self.known.values())))


@dataclass(frozen=True)
class Outcome:
    """R² on fresh masks, processor seconds without the model, and what the method itself reports (None: nothing)."""

    r2: float
    seconds: float
    reported: float | None = None
    listed: float | None = None


def reviews(count: int) -> list[str]:
    """Reviews of nearly evenly spaced lengths from 30 to 250 words."""
    with REVIEWS.open(newline="") as file:
        rows = [(int(row["n"]), row["review"]) for row in csv.DictReader(file)]
    chosen: list[str] = []
    for length in np.linspace(30, 250, count):
        chosen.append(min((r for r in rows if r[1] not in chosen), key=lambda r: abs(r[0] - length))[1])
    return chosen


Method: TypeAlias = Callable[[Scored, int, int], tuple[Callable[[BoolArray], FloatArray], Any]]
"""(review, budget, seed) -> prediction, and the explanation where it is ours."""


def timed(method: Method, scored: Scored, budget: int, seed: int, fresh: BoolArray) -> Outcome:
    """Run a method on a review."""
    truth = scored(fresh)
    scored.seconds, began = 0.0, time.process_time()
    predict, explanation = method(scored, budget, seed)
    seconds = time.process_time() - began - scored.seconds
    if explanation is None:
        return Outcome(r_squared(truth, predict(fresh)), seconds)
    listed = r_squared(truth, explanation.spectrum.predict(fresh))
    return Outcome(r_squared(truth, predict(fresh)), seconds, explanation.faithfulness, listed)


def ours(scored: Scored, budget: int, seed: int) -> tuple[Callable[[BoolArray], FloatArray], Any]:
    """`auto`."""
    explanation = spex_core.explain(scored, scored.n, budget, seed=seed)
    return explanation.predict, explanation


def spex(scored: Scored, budget: int, seed: int) -> tuple[Callable[[BoolArray], FloatArray], None]:
    """SPEX as the authors published it."""
    return _published(scored, budget, seed, "spex")


def authors_proxyspex(scored: Scored, budget: int, seed: int) -> tuple[Callable[[BoolArray], FloatArray], None]:
    """ProxySPEX as the authors published it."""
    return _published(scored, budget, seed, "proxyspex")


def _published(
    scored: Scored, budget: int, seed: int, algorithm: str
) -> tuple[Callable[[BoolArray], FloatArray], None]:
    import spectralexplain

    random.seed(seed)
    np.random.seed(seed)
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        explainer = spectralexplain.Explainer(
            scored, scored.n, sample_budget=budget, max_order=ORDER, algorithm=algorithm
        )
    terms = {tuple(np.flatnonzero(k).tolist()): float(np.real(v)) for k, v in explainer.fourier_transform.items()}
    return Spectrum.from_dict(scored.n, terms).predict, None


def shapiq_proxyspex(scored: Scored, budget: int, seed: int) -> tuple[Callable[[BoolArray], FloatArray], None]:
    """shapiq's ProxySPEX on uniform masks."""
    masks = uniform_masks(scored.n, budget, np.random.default_rng([seed, 7]))
    samples = Samples(masks, scored(masks))
    supports, coefficients = with_shapiq(samples, seed)
    return lambda rows: evaluate(rows, supports, coefficients, scored.n), None


def median(outcomes: Sequence[Outcome]) -> Outcome:
    """Of every figure by itself."""
    reported = [o.reported for o in outcomes if o.reported is not None]
    listed = [o.listed for o in outcomes if o.listed is not None]
    return Outcome(
        float(np.median([o.r2 for o in outcomes])),
        float(np.median([o.seconds for o in outcomes])),
        float(np.median(reported)) if reported else None,
        float(np.median(listed)) if listed else None,
    )


def against_spex(texts: list[str], seeds: int, say: Callable[[str], None]) -> None:
    """One row per review at the budget of SPEX's b = 4."""
    say("words  passes    SPEX   auto  gained  listed  reported  |reported - true|   SPEX s  auto s")
    gains, misses = [], []
    for text in texts:
        scored = Scored(text)
        budget = nominal_rows(scored.n, ORDER, 4)
        fresh = draw_distinct(scored.n, FRESH, np.random.default_rng(99))
        pairs = [[timed(method, scored, budget, seed, fresh) for method in (spex, ours)] for seed in range(seeds)]
        theirs, mine = zip(*pairs, strict=True)
        a, b = median(theirs), median(mine)
        gains.append(b.r2 - a.r2)
        misses += [abs(o.reported - o.r2) for o in mine]
        say(
            f"{scored.n:5d}  {budget:6d}   {a.r2:5.3f}  {b.r2:5.3f}  {gains[-1]:+6.3f}  {b.listed:6.3f}  "
            f"{b.reported:8.3f}  {max(abs(o.reported - o.r2) for o in mine):17.3f}  {a.seconds:7.1f}  {b.seconds:6.1f}"
        )
    say(f"gained: least {min(gains):+.3f}, mean {np.mean(gains):+.3f}; {missed(misses)}")


def against_proxyspex(texts: list[str], seeds: int, authors: bool, say: Callable[[str], None]) -> dict[str, Any]:
    """One row per review and budget; curves of mean R² by budget."""
    say("words  passes  shapiq  authors   auto  over shapiq  reported  shapiq s  authors s  auto s")
    gains, misses, ratios, author_ratios = [], [], [], []
    curves: dict[str, dict[int, list[float]]] = {"ProxySPEX (shapiq)": {}, "auto": {}}
    needed: list[float] = []
    for text in texts:
        scored = Scored(text)
        fresh = draw_distinct(scored.n, FRESH, np.random.default_rng(99))
        lines: dict[str, list[float]] = {name: [] for name in curves}
        for budget in BUDGETS:
            pairs = [[timed(m, scored, budget, seed, fresh) for m in (shapiq_proxyspex, ours)] for seed in range(seeds)]
            theirs, mine = zip(*pairs, strict=True)
            first = [timed(authors_proxyspex, scored, budget, 0, fresh)] if authors and budget == 1000 else []
            a, b = median(theirs), median(mine)
            gains.append(b.r2 - a.r2)
            ratios.append(a.seconds / b.seconds)
            if budget >= 1000:
                misses += [abs(o.reported - o.r2) for o in mine]
            by_authors = "         -" if not first else f"{first[0].r2:10.3f}"
            their_seconds = "          -" if not first else f"{first[0].seconds:11.1f}"
            if first:
                author_ratios.append(first[0].seconds / b.seconds)
            say(
                f"{scored.n:5d}  {budget:6d}  {a.r2:6.3f}{by_authors[1:]}  {b.r2:5.3f}  {gains[-1]:+11.3f}  "
                f"{b.reported:8.3f}  {a.seconds:8.1f}{their_seconds[1:]}  {b.seconds:6.1f}"
            )
            for name, outcome in zip(curves, (a, b), strict=True):
                curves[name].setdefault(budget, []).append(outcome.r2)
                lines[name].append(outcome.r2)
        counts = [masks_for(GOAL, lines[name]) for name in curves]
        if all(np.isfinite(counts)):
            needed.append(counts[1] / counts[0])
            say(
                f"{scored.n:5d}  masks for R² {GOAL}: shapiq {counts[0]:.0f}, auto {counts[1]:.0f}, "
                f"{needed[-1]:.2f} times"
            )
    say(f"over shapiq: mean {np.mean(gains):+.3f}, least {min(gains):+.3f}; {missed(misses)}")
    say(f"fit time: shapiq's {np.median(ratios):.1f} times ours (median), least {min(ratios):.1f}")
    if author_ratios:
        say(f"fit time: the authors' {np.median(author_ratios):.0f} times ours (median)")
    return {name: {budget: float(np.mean(r2)) for budget, r2 in curve.items()} for name, curve in curves.items()}


def missed(misses: Sequence[float]) -> str:
    """How far what was reported is from the truth: the worst, and how many runs are as near as they should be."""
    near = sum(miss <= NEAR for miss in misses)
    return f"reported: off by {max(misses):.3f} at most, by up to {NEAR} in {near} of {len(misses)} runs"


def masks_for(goal: float, r2: Sequence[float]) -> float:
    """Masks for an R², on straight lines between log budgets; infinite or NaN where it lies outside of them."""
    if max(r2) < goal or r2[0] > goal:
        return float("nan")
    return float(np.exp(np.interp(goal, np.maximum.accumulate(r2), np.log(BUDGETS))))


def plot(curves: dict[str, Any], path: Path) -> None:
    """Mean R² by budget."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "spex"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 3.6))
    for (name, curve), marker in zip(curves.items(), "os", strict=True):
        axes.plot(list(curve), list(curve.values()), marker=marker, label=name)
    axes.set(xscale="log", xlabel="masked passes", ylabel="R² on fresh masks", xticks=BUDGETS)
    axes.set_xticks(BUDGETS, [f"{budget:,}" for budget in BUDGETS])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def write(name: str, lines: list[str]) -> None:
    """Put printed lines between the marks of the README."""
    readme = HERE / "README.md"
    text = readme.read_text()
    block = f"<!-- {name} -->\n```\n" + "\n".join(lines) + f"\n```\n<!-- /{name} -->"
    marked = re.compile(f"<!-- {name} -->.*<!-- /{name} -->", re.DOTALL)
    if not marked.search(text):
        raise SystemExit(f"benchmarks/README.md has no marks for {name}")
    readme.write_text(marked.sub(lambda _: block, text))


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--count", type=int, default=12, help="how many of the twelve reviews, the shortest first")
    parser.add_argument("--only", choices=("spex", "proxyspex"))
    parser.add_argument("--no-authors", action="store_true", help="leave out the authors' ProxySPEX, which is slow")
    parser.add_argument("--dry", action="store_true", help="do not write into the README")
    options = parser.parse_args()
    if not REVIEWS.exists():
        print("the reviews are not here; nothing to measure")
        return
    texts = reviews(12)
    for name in ("spex", "proxyspex"):
        if options.only not in (None, name):
            continue
        lines: list[str] = []

        def say(line: str, lines: list[str] = lines) -> None:
            print(line, flush=True)
            lines.append(line)

        if name == "spex":
            against_spex(texts[: options.count], options.seeds, say)
        else:
            curves = against_proxyspex(
                texts[: min(options.count, PROXY_REVIEWS)], options.seeds, not options.no_authors, say
            )
            if not options.dry:
                plot(curves, HERE / "proxyspex.svg")
        if not options.dry:
            write(f"reviews-{name}", lines)


if __name__ == "__main__":
    main()
