"""A stored run as a line of the Runs page: words to show and values to sort by, all plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from spex_core.engine.settings import Progress
from spex_core.models.registry import backends
from spex_core.runs.store.records import ENDED, RunRecord
from spex_core.views.trust import verdict

_UNFINISHED = ("cancelled", "failed", "interrupted")
_LABELS = {
    "queued": "Waiting",
    "loading": "Loading the model",
    "running": "Running",
    "fitting": "Fitting",
    "done": "Done",
    "cancelled": "Cancelled",
    "failed": "Failed",
    "interrupted": "Interrupted",
}
_GAP = "\u00a0"  # between a number and its unit, so that no line ends there


def is_live(record: RunRecord) -> bool:
    """Whether somebody works on it, or will."""
    return record.state not in ENDED


def can_resume(record: RunRecord) -> bool:
    """Whether it ended before its passes were made."""
    return record.state in _UNFINISHED


def has_result(record: RunRecord) -> bool:
    """Whether there is an explanation to open and to compare."""
    return record.evaluations is not None and not is_live(record)


def called(record: RunRecord) -> str:
    """What a person calls the run: its name, else the start of its input."""
    return record.name or record.title or "Untitled run"


def model_title(name: str) -> str:
    """A model's name on the screen, without what stands in brackets; its own name where it is not installed."""
    known = backends().get(name)
    return (known.title.split(" (")[0] if known else name) or "Unknown model"


def state_label(record: RunRecord) -> str:
    """The state in a word or two."""
    return _LABELS.get(record.state, record.state)


def took(seconds: float) -> str:
    """A measured time: "0.4 s", "12 s", "3 min 20 s", "1.5 h"."""
    if seconds < 9.95:
        return f"{seconds:.1f}{_GAP}s"
    if seconds < 90:
        return f"{seconds:.0f}{_GAP}s"
    if seconds < 5400:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes}{_GAP}min" + (f" {rest}{_GAP}s" if rest and minutes < 10 else "")
    return f"{seconds / 3600:.1f}{_GAP}h"


def r2_text(r2: float) -> str:
    """R² with two digits and a real minus sign."""
    return f"{r2:.2f}".replace("-", "−")


def features_text(record: RunRecord) -> str:
    """What the input was cut into: "64 words", "8 × 6 patches", "40 segments"."""
    if record.kind == "picture" and "segment" in record.unit:
        return record.unit
    if record.kind == "picture":
        return f"{record.unit.replace('x', ' × ')} patches"
    if record.n_features is None:
        return f"{record.unit}s"
    return f"{record.n_features:,} {record.unit}{'' if record.n_features == 1 else 's'}"


def made(record: RunRecord, progress: Progress | None = None) -> int:
    """Masked passes that are known for it, whoever paid for them."""
    if progress is not None:
        return progress.done
    return record.paid if record.evaluations is None else max(record.evaluations, record.paid)


def row(record: RunRecord, progress: Progress | None = None, whose: str = "") -> dict[str, Any]:
    """One line.

    Args:
        record: the run.
        progress: where it stands, if this process works on it.
        whose: whose list it is, "" where runs have no owners.

    Returns:
        Texts, and under ``by`` the values that columns are sorted by, None where there is none.
    """
    live = is_live(record)
    done = made(record, progress)
    total = progress.total if progress else record.budget
    r2, explained = (None, None) if live else (record.r2, record.explained)
    share = min(1.0, done / total) if live and total else None
    return {
        "id": record.id,
        "name": record.name,
        "title": record.title,
        "kind": record.kind,
        "model": model_title(record.model),
        "target": record.target,
        "features": features_text(record),
        "passes": f"{done:,}",
        "spent": _spent(record, done, total, live),
        "r2": "" if r2 is None else r2_text(r2),
        "tone": "" if explained is None else verdict(explained)[0],
        "time": "" if live or record.seconds is None else took(record.seconds),
        "state": "running" if live and record.state != "queued" else record.state,
        "label": state_label(record),
        "note": _note(record, progress) or _shared(record, whose),
        "share": share,
        "pinned": record.pinned,
        "by": {
            "passes": done,
            "r2": r2,
            "time": None if live else record.seconds,
            "at": record.created_at,
        },
    }


def rows(
    records: Iterable[RunRecord], progress: Mapping[str, Progress | None], whose: str = ""
) -> list[dict[str, Any]]:
    """A line for each record, in their order."""
    return [row(record, progress.get(record.id) if is_live(record) else None, whose) for record in records]


def summary(records: list[RunRecord]) -> str:
    """How many there are, and how many are at work."""
    count, live = len(records), sum(map(is_live, records))
    return f"{count:,} run{'' if count == 1 else 's'}" + (f", {live} at work" if live else "")


def _spent(record: RunRecord, done: int, total: int, live: bool) -> str:
    """What the number of passes does not say by itself."""
    if live or record.state in _UNFINISHED:
        return f"of {total:,}"
    return f"{record.paid:,} paid" if record.paid < done else ""


def _shared(record: RunRecord, whose: str) -> str:
    if not whose or not record.shared:
        return ""
    return "shared by you" if record.belongs_to == whose else "not yours"


def _note(record: RunRecord, progress: Progress | None) -> str:
    """What stands under the state."""
    if record.state == "failed":
        return record.error or "no reason was given"
    if record.state == "running" and progress is not None and progress.seconds_left is not None:
        return f"{took(max(1.0, round(progress.seconds_left)))} left".replace(".0", "")
    if has_result(record) and record.ceiling and record.explained is not None:
        return f"about {100 * max(0.0, record.explained):.0f}{_GAP}% of what luck leaves"
    return ""
