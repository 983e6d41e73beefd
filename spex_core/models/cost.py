"""What any model takes on this machine: its memory, and the forecast that is made of its figures.

What is read in a pass, and with how much arithmetic, each family of models counts on its own: `language.cost` and
`vision.cost`.
"""

from __future__ import annotations

from dataclasses import dataclass

from spex_core.models.base import Forecast
from spex_core.models.device import BYTES, flops_per_second, free_bytes, memory_problem

CHARACTERS_PER_TOKEN = 4.0
"""Of English under most tokenizers: for forecasts only, until the model's own tokenizer or its server has told."""
ADVICE = "choose a smaller model"
"""For a model that does not fit into memory."""
# Bytes that the libraries themselves take, context of the device included.
_RUNTIME = {"cpu": 300_000_000, "mps": 300_000_000, "cuda": 900_000_000}


@dataclass(frozen=True)
class Figures:
    """What decides a model's cost; each family adds what it counts by.

    Attributes:
        parameters: weights in all.
    """

    parameters: int

    def weight_bytes(self, precision: str) -> int:
        """Memory of the weights."""
        return self.parameters * BYTES[precision]


def loaded_bytes(figures: Figures, precision: str, device: str) -> int:
    """Memory of a loaded model with the libraries around it, before it reads anything."""
    return figures.weight_bytes(precision) + _RUNTIME[device]


def foretell(
    device: str,
    needed: int,
    tokens: int | None,
    flops: float | None,
    arithmetic: str,
    efficiency: float,
    download: int,
    advice: str = ADVICE,
) -> Forecast:
    """The forecast of a model whose cost is counted.

    Args:
        device: "cuda", "mps" or "cpu".
        needed: bytes of memory, of which what is held already is left out.
        tokens, flops: of a masked pass; None where there is no input yet.
        arithmetic: the precision it computes in.
        efficiency: share of a large matrix product's speed that its passes reach.
        download: bytes to be fetched.
        advice: for a model that does not fit; see `models.device.memory_problem`.

    Returns:
        No speed where there is no input, or where the model does not fit.
    """
    free = free_bytes(device)
    problem = memory_problem(needed, free, device, advice)
    speed = None if flops is None or problem else efficiency * flops_per_second(device, arithmetic) / flops
    return Forecast(
        download_bytes=download,
        memory_bytes=needed,
        free_bytes=free,
        device=device,
        tokens=tokens,
        flops=flops,
        passes_per_second=speed,
        problem=problem,
    )
