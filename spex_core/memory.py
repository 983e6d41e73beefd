"""What a run takes in memory, told before it starts, and what this machine has left."""

from __future__ import annotations

from pathlib import Path

from spex_core.errors import InputError

_MEMINFO = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")
_LIBRARIES = 100_000_000  # what the fitting libraries take themselves
_ROW_BYTES = 300  # of a mask's key, value and places in the design
_COPIES = 6  # of the regression's columns, alive at once
_TERMS = 500  # that a fit beyond the first order adds to the single features


def run_bytes(n_features: int, passes: int, order: int, exact: bool = False) -> int:
    """Estimated peak of a run beside the model: masks, their keys and the arrays of the fit.

    Measured peaks were 0.46 to 0.92 of it (seven runs, n 20 to 1,024, 2,000 to 1,000,000 passes).

    Args:
        n_features: n.
        passes: masked passes.
        order: 1 where only single features are fitted.
        exact: whether all 2^n masks are transformed and nothing is fitted.
    """
    columns = 0 if exact else n_features + (_TERMS if order > 1 else 0)
    return _LIBRARIES + passes * (n_features + _ROW_BYTES + 8 * _COPIES * columns)


def check_run(needed: int, available: int | None) -> None:
    """Refuse a run that does not fit into memory.

    Args:
        needed: bytes, see `run_bytes`.
        available: bytes, see `available_bytes`; None is never refused.

    Raises:
        InputError: it names both numbers.
    """
    if available is not None and needed > available:
        raise InputError(
            f"the run needs about {gigabytes(needed)} of memory and {gigabytes(available)} are free; "
            "lower the budget or the number of features"
        )


def gigabytes(count: float) -> str:
    """Bytes in words: "3.2 GB"."""
    return f"{count / 1e9:,.1f} GB"


def available_bytes(meminfo: Path = _MEMINFO, group: Path = _GROUP) -> int | None:
    """Memory that this process may still take: the machine's, or its container's if that is less; None where
    neither is told (not Linux)."""
    return min((left for left in (_machine_left(meminfo), _group_left(group)) if left is not None), default=None)


def _machine_left(meminfo: Path) -> int | None:
    try:
        lines = dict(line.split(":", 1) for line in meminfo.read_text(encoding="ascii").splitlines() if ":" in line)
        return int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError, IndexError):
        return None


def _group_left(group: Path) -> int | None:
    """What a control group's limit leaves; file pages that could be dropped count as free."""
    try:
        limit, used = (int((group / name).read_text(encoding="ascii")) for name in ("memory.max", "memory.current"))
        stat = dict(line.split(" ", 1) for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
        return max(0, limit - used + int(stat.get("inactive_file", 0)))
    except (OSError, ValueError):  # no control group, or one without a limit ("max")
        return None
