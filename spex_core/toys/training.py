"""What the trainings of the embedded models share: optimiser, checkpoints, and the course of the learning rate."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

_MOMENTS = ("exp_avg", "exp_avg_sq")


def cosine(done: float, started: float) -> float:
    """Learning rate as a share of the highest: a line up over the warm-up, half a cosine down to 2 %.

    Args:
        done: share of the steps to near zero that are done; from 1 on it stays there.
        started: share of the warm-up that is done; from 1 on it has no effect.
    """
    share = (1 + float(np.cos(np.pi * min(1.0, done)))) / 2
    return min(1.0, started) * (0.02 + 0.98 * share)


def adamw(parameters: Iterable[Any], rate: float, decay: float) -> Any:
    """AdamW whose weight decay spares biases and the scales of norms."""
    import torch

    parameters = list(parameters)
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98))


def save_checkpoint(path: Path, parameters: Mapping[str, Any], optimizer: Any, step: int) -> None:
    """Write weights, the moments of an Adam optimiser and the step, as safetensors; all of it or nothing."""
    import torch
    from safetensors.torch import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().cpu().contiguous() for name, value in parameters.items()}
    for name, parameter in parameters.items():
        state = optimizer.state.get(parameter, {})
        for key in _MOMENTS:
            if key in state:
                tensors[f"{key}:{name}"] = state[key].detach().cpu().contiguous()
    tensors["step"] = torch.tensor(step)
    save_file(tensors, path.with_suffix(".tmp"))
    os.replace(path.with_suffix(".tmp"), path)


def restore_checkpoint(path: Path, parameters: Mapping[str, Any], optimizer: Any) -> int:
    """Take over a checkpoint, if there is one: its step, else 0."""
    import torch
    from safetensors.torch import load_file

    if not path.exists():
        return 0
    tensors = load_file(path)
    step = int(tensors["step"])
    for name, parameter in parameters.items():
        with torch.no_grad():
            parameter.copy_(tensors[name])
        if f"{_MOMENTS[0]}:{name}" in tensors:
            moments = {key: tensors[f"{key}:{name}"].to(parameter.device) for key in _MOMENTS}
            optimizer.state[parameter] = {"step": torch.tensor(float(step)), **moments}
    return step
