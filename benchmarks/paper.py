"""The paper's experiments with the embedded models, beside the paper's figures where there are some.

    python benchmarks/paper.py                       all of it; a stopped run goes on where it was
    python benchmarks/paper.py --only sentiment      R² on movie reviews, beside paper_faithfulness.csv
    python benchmarks/paper.py --only questions      recovery and removal on synthetic two-hop questions
    python benchmarks/paper.py --show                only prints what is in build/paper already

Sentiment: SPEX (arXiv 2502.13870, section 6) scores the logit of "positive" of a DistilBERT fine-tuned on sentiment, 20
reviews per length group, [UNK] for hidden words; every method on passes drawn for it, and judged on further ones. Ours
is the log-odds of the embedded MiniLM fine-tuned on SST-2, the first reviews of each length group, [UNK] for hidden
words; every method on the same passes, a tenth of which are set aside to judge. So with the same number of passes each
of ours is fitted to a tenth fewer. What is compared is how methods rank and by how much, not the third decimal.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

from spex_core.bench.journal import Journal
from spex_core.bench.run import run_bench
from spex_core.bench.settings import BenchSettings
from spex_core.bench.tables import Cell, put, summarise
from spex_core.models import registry
from spex_core.toys.reading import world

HERE = Path(__file__).parent
DATA = HERE.parent / ".." / "shared" / "data"
REVIEWS = DATA / "reviews.csv"
PAPER = DATA / "paper_faithfulness.csv"
KEPT = HERE.parent / "build" / "paper"
GROUPS = {(8, 15): (504, 1008), (16, 31): (672, 1344), (32, 63): (864, 1728), (64, 127): (984, 1968)}
"""Length groups and the masked passes of SPEX at b = 3 and 4."""
HEAD = "n        passes  method                        ours             reviews      paper  reviews"
SEED = 77
"""Of the synthetic questions."""
NAMES = {"spex": "spex-soft", "kernel-shap": "shapley"}
"""Methods whose name is another in the paper's figures."""


@dataclass(frozen=True)
class Published:
    """A mean R² of the paper and over how many examples."""

    r2: float
    examples: int


def published() -> dict[tuple[int, int, str, int], Published]:
    """(n_low, masks, method, order) -> the paper's figure for sentiment; order 0 where it names none."""
    with PAPER.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["dataset"] == "sentiment"]
    return {
        (int(row["n_low"]), int(row["masks"]), row["method"], int(row["order"])): Published(
            float(row["mean_r2"]), int(row["examples"])
        )
        for row in rows
    }


def reviews() -> Path:
    """The reviews without the quotation marks around each, which the authors cut off too."""
    with REVIEWS.open(newline="") as file:
        texts = [row["review"][1:-1] for row in csv.DictReader(file)]
    text = io.StringIO()
    csv.writer(text).writerows([["review"], *[[one] for one in texts]])
    KEPT.mkdir(parents=True, exist_ok=True)
    put(KEPT / "reviews.csv", text.getvalue().encode())
    return KEPT / "reviews.csv"


def sentiment(data: Path, group: tuple[int, int], count: int, methods: tuple[str, ...]) -> BenchSettings:
    """The first `count` reviews of a length group."""
    return BenchSettings(
        experiment="faithfulness",
        data=data,
        out=KEPT / f"sentiment-{group[0]}-{group[1]}",
        model="minilm-sentiment",
        methods=methods,
        budgets=GROUPS[group],
        unit="word",
        masking="unk",
        count=count,
        lengths=group,
    )


def two_hop(experiment: str, count: int) -> BenchSettings:
    """Synthetic questions that need two sentences together, put to the embedded reader, by sentence."""
    drawn = world.questions("two-hop", count, SEED)
    KEPT.mkdir(parents=True, exist_ok=True)
    put(KEPT / "two-hop.json", json.dumps(world.to_hotpotqa(drawn)).encode())
    return BenchSettings(
        experiment=experiment,
        data=KEPT / "two-hop.json",
        out=KEPT / f"two-hop-{experiment}",
        model="reader",
        options={"against": world.UNKNOWN},
        methods=("lime", "kernel-shap", "faith-banzhaf-1", "faith-banzhaf-2", "spex", "proxyspex", "auto"),
        budgets=(1000,),
        rs=(1, 2, 3, 5, 10),
        passes=KEPT / "two-hop-passes",
    )


def cells_of(settings: BenchSettings, show: bool) -> list[Cell]:
    """Run what is left of a benchmark, or read what is there."""
    lines = Journal.read(settings.out) if show else run_bench(settings).lines
    return summarise(settings.experiment, lines)


def beside(cells: list[Cell], figures: dict[tuple[int, int, str, int], Published]) -> list[str]:
    """One line per method and budget, with the paper's figure where there is one."""
    lines = []
    for cell in cells:
        keys = [
            (cell.group[0], cell.budget, NAMES.get(cell.method, cell.method), order) for order in (cell.order or 0, 0)
        ]
        paper = next((figures[key] for key in keys if key in figures and (key[3] or (cell.order or 1) == 1)), None)
        if paper is None and (not cell.examples or (cell.order or 1) > 1):
            continue
        ours = "cannot run" if not cell.examples else f"{cell.mean:.3f}"
        error = f" ± {cell.error:.3f}" if cell.error == cell.error else ""
        theirs = "" if paper is None else f"{paper.r2:9.3f}  {paper.examples:7d}"
        span = f"{cell.group[0]}-{cell.group[1]}"
        lines.append(
            f"{span:7s}  {cell.budget:6d}  {cell.title:28s}  {ours + error:16s} {cell.examples:4d}  {theirs}".rstrip()
        )
    return lines


def by_r(cells: list[Cell], measure: str) -> list[str]:
    """One line per length group and method, r across."""
    cells = [cell for cell in cells if cell.measure == measure]
    rs = sorted({cell.r for cell in cells if cell.examples})
    lines = [f"{measure:34s}  questions  " + "".join(f"{f'r={r}':>16s}" for r in rs)]
    for group in sorted({cell.group for cell in cells}):
        for title in dict.fromkeys(cell.title for cell in cells if cell.group == group):
            row = {cell.r: cell for cell in cells if cell.title == title and cell.group == group and cell.examples}
            shown = [f"{row[r].mean:8.3f} ± {row[r].error:.3f}" if r in row else "-" for r in rs]
            count = max((cell.examples for cell in row.values()), default=0)
            lines.append(
                f"{group[0]:2d}-{group[1]:2d} {title:28s}  {count:9d}  " + "".join(f"{one:>16s}" for one in shown)
            )
    return lines


def main() -> None:
    """Run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("sentiment", "questions"))
    parser.add_argument("--count", type=int, default=5, help="reviews per length group")
    parser.add_argument("--questions", type=int, default=12, help="how many two-hop questions")
    parser.add_argument("--show", action="store_true", help="run nothing")
    options = parser.parse_args()
    if options.only in (None, "sentiment"):
        if not (REVIEWS.exists() and PAPER.exists()):
            print("the reviews and the paper's figures are not here; nothing to compare")
        else:
            data, figures = reviews(), published()
            print(HEAD)
            for group in GROUPS:
                cells = cells_of(sentiment(data, group, options.count, ()), options.show)
                print("\n".join(beside(cells, figures)), flush=True)
    if options.only in (None, "questions"):
        if "reader" not in registry.backends():
            print("the embedded reader is not here; no questions are asked")
            return
        for experiment, measures in (("recovery", ("recovery",)), ("removal", ("normalised", "share"))):
            cells = cells_of(two_hop(experiment, options.questions), options.show)
            for measure in measures:
                print("\n".join(by_r(cells, measure)), flush=True)


if __name__ == "__main__":
    main()
