"""What a run takes in memory, told before it starts, and what this machine has left."""

from __future__ import annotations

from pathlib import Path

from spex_core.errors import InputError
from spex_core.protocols import Forecast


def check_forecast(name: str, forecast: Forecast | None) -> None:
    """Refuse a model that cannot run here.

    Raises:
        InputError: the forecast names a problem, or more memory than is free; the message names both numbers.
    """
    if forecast is None:
        return
    if forecast.problem:
        raise InputError(f"{name} cannot run here: {forecast.problem}")
    need, free = forecast.memory_bytes, forecast.free_bytes
    if need is not None and free is not None and need > free:
        raise InputError(
            f"{name} needs {gigabytes(need)} of memory on {forecast.device} and {gigabytes(free)} are free; "
            "free some, or choose a smaller model"
        )


def gigabytes(count: float) -> str:
    """Bytes in words: "3.2 GB"."""
    return f"{count / 1e9:,.1f} GB"


def available_bytes() -> int | None:
    """Memory that this process may still take, None where the system does not say."""
    return min((left for left in (_system_left(), _group_left()) if left is not None), default=None)


def _system_left() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None


def _group_left() -> int | None:
    """What the control group of a container leaves."""
    for limit, used in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        try:
            return max(0, int(Path(limit).read_text(encoding="ascii")) - int(Path(used).read_text(encoding="ascii")))
        except (OSError, ValueError):  # no such file, or "max"
            continue
    return None
