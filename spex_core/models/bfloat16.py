"""Weights kept in 16 bits, arithmetic in 32: bfloat16 on a CPU.

In bfloat16 arithmetic every route through a model rounds differently (a cache, padding, another batch: some 1e-2 of a
log-probability), and most CPUs have no instructions for it. So on a CPU only the storage is bfloat16: each matrix is
widened when it is used. The scores are those of a float32 pass over the stored weights, in half of the memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

_PIECE = 1 << 24  # weights widened at a time: 64 MB
_OTHER = 0.1  # most weights, as a share, that may have to be kept in 32 bits


def widen_arithmetic(network: Any) -> bool:
    """Make a bfloat16 model compute in float32, in place.

    Args:
        network: its large weights are in `nn.Linear` and `nn.Embedding`; all others become float32.

    Returns:
        False, with the model as it was, where that does not hold for most weights (mixtures of experts).
    """
    import torch

    matrices = [module for module in network.modules() if type(module) in (torch.nn.Linear, torch.nn.Embedding)]
    kept = {id(module.weight) for module in matrices}
    others = [weight for weight in network.parameters() if id(weight) not in kept]
    if sum(weight.numel() for weight in others) > _OTHER * network.num_parameters():
        return False
    for tensor in [*others, *(buffer for buffer in network.buffers() if buffer.is_floating_point())]:
        tensor.data = tensor.data.float()
    for module in matrices:
        if isinstance(module, torch.nn.Linear):
            module.forward = _linear(module)  # type: ignore[method-assign]  # this one module's, not the class's
        else:
            module.register_forward_hook(lambda _module, _inputs, output: output.float())
    return True


def _linear(module: Any) -> Any:
    from torch.nn import functional

    def forward(inputs: Tensor) -> Tensor:
        import torch

        weight = module.weight
        rows = max(1, _PIECE // weight.shape[1])
        parts = [functional.linear(inputs, piece.float()) for piece in weight.split(rows)]
        output = parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1)
        return output if module.bias is None else output + module.bias

    return forward
