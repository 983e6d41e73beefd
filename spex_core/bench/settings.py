"""What a benchmark is asked to do, and which of its inputs it takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from spex_core.bench.data import DataSet, Example
from spex_core.bench.spreadsheet import AS_SHOWN, Form
from spex_core.errors import InputError, TextError

EXPERIMENTS = {
    "faithfulness": "R² on unseen masks by method and budget",
    "removal": "how far the model's output moves when the top r features of each method are hidden",
    "recovery": "how much of each method's top interactions lies in the sentences that people marked",
}
RS = (1, 2, 3, 4, 5, 6, 8, 10)


@dataclass(frozen=True)
class BenchSettings:
    """One benchmark over a data set.

    Attributes:
        experiment: one of `EXPERIMENTS`.
        data: the file.
        out: folder of the results.
        model: name of the backend.
        options: the model's own options that were given.
        methods: names of the methods; empty for all.
        budgets: masked passes of each run, falling or rising.
        unit, masking: how texts are cut and hidden; "" for the data set's (sentences of HotpotQA, else words) and
            the model's default.
        max_order: largest interaction order.
        seeds: one run each.
        count: most examples, None for all.
        per_group: most examples of one length group, None for all.
        lengths: fewest and most features of an example.
        rs: numbers of removed features, or of top interactions.
        index: which interactions are ranked, see `spex_core.fourier.conversions`.
        passes: folder of the passes, which several experiments may share; None for one in `out`.
        own_passes: whether methods that would choose masks of their own do so, at a further price.
        form: how a file of texts is written.
        own_answer: whether the model's own answer is scored where the data set has one.
    """

    experiment: str
    data: Path
    out: Path
    model: str
    options: dict[str, str] = field(default_factory=dict)
    methods: tuple[str, ...] = ()
    budgets: tuple[int, ...] = (1000,)
    unit: str = ""
    masking: str = ""
    max_order: int = 5
    seeds: tuple[int, ...] = (0,)
    count: int | None = None
    per_group: int | None = None
    lengths: tuple[int, int] = (2, 1024)
    rs: tuple[int, ...] = RS
    index: str = "Fourier"
    passes: Path | None = None
    own_passes: bool = False
    form: Form = AS_SHOWN
    own_answer: bool = False

    @property
    def passes_folder(self) -> Path:
        """Where the passes are kept."""
        return self.passes or self.out / "passes"

    @property
    def budget(self) -> int:
        """The largest: what is paid per example and seed; the others are parts of it."""
        return max(self.budgets)

    def settled(self, data: DataSet, maskings: Sequence[str]) -> BenchSettings:
        """With the defaults of the data set and of the model filled in."""
        unit = self.unit or ("sentence" if data.kind == "HotpotQA" else "word")
        return replace(self, unit=unit, masking=self.masking or maskings[0])

    def fixed(self, data: DataSet, fingerprint: str) -> dict[str, Any]:
        """Everything that a single result depends on: results of the same folder agree in it. More methods, examples
        and seeds may come later."""
        return {
            "experiment": self.experiment,
            "data": data.digest,
            "model": self.model,
            "weights": fingerprint,
            "options": dict(sorted(self.options.items())),
            "answer": "own" if self.own_answer else "given",
            "unit": self.unit,
            "masking": self.masking,
            "max-order": self.max_order,
            "budgets": sorted(self.budgets),
            "rs": [] if self.experiment == "faithfulness" else sorted(self.rs),
            "index": self.index if self.experiment == "recovery" else "",
            **({"own-passes": True} if self.own_passes else {}),
            **({"form": asdict(self.form)} if self.form != AS_SHOWN else {}),
        }


def group_of(n_features: int) -> tuple[int, int]:
    """The length group of an input, as in the paper: 8 to 15, 16 to 31, 32 to 63, and so on; shorter ones 1 to 7."""
    if n_features < 8:
        return 1, 7
    low = 1 << (n_features.bit_length() - 1)
    return low, 2 * low - 1


def choose(
    examples: Iterable[Example], settings: BenchSettings, cut: Callable[[str], int]
) -> tuple[list[tuple[Example, int]], tuple[str, ...]]:
    """The first examples that the settings let in, with their numbers of features.

    Args:
        examples: of the data set, in its order.
        settings: what is wanted.
        cut: text -> number of features; raises TextError for what cannot be cut.

    Returns:
        The examples, and sentences about those left out.

    Raises:
        InputError: none is left; it says why.
    """
    found: list[tuple[Example, int]] = []
    groups: Counter[tuple[int, int]] = Counter()
    reasons: Counter[str] = Counter()
    low, high = settings.lengths
    for example in examples:
        if settings.count is not None and len(found) == settings.count:
            break
        try:
            n = cut(example.text)
        except TextError as error:
            reasons[str(error)] += 1
            continue
        group = group_of(n)
        if settings.experiment == "recovery" and not example.marks:
            reasons["nothing is marked in them"] += 1
        elif not low <= n <= high:
            reasons[f"they do not have {low} to {high} features"] += 1
        elif settings.per_group is None or groups[group] < settings.per_group:
            groups[group] += 1
            found.append((example, n))
    notes = tuple(f"{count} left out: {reason}" for reason, count in reasons.most_common(5))
    if not found:
        raise InputError(f"no example of {settings.data} can be used: {'; '.join(notes)}")
    return found, notes
