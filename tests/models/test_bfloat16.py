import pytest
import torch

from spex_core.models import bfloat16
from spex_core.models.bfloat16 import widen_arithmetic
from tests.support.language_models import KINDS, network

IDS = torch.arange(5, 45).view(2, 20)


@pytest.mark.parametrize("piece", [1 << 24, 1000])
@pytest.mark.parametrize("kind", KINDS)
def test_it_computes_as_float32_does_with_the_stored_weights(kind, piece, monkeypatch):
    monkeypatch.setattr(bfloat16, "_PIECE", piece)
    stored = network(kind, torch.bfloat16)
    wide = network(kind, torch.bfloat16).float()
    assert widen_arithmetic(stored)
    assert stored.get_input_embeddings().weight.dtype == torch.bfloat16
    with torch.no_grad():
        logits = stored(IDS).logits
        assert logits.dtype == torch.float32
        torch.testing.assert_close(logits, wide(IDS).logits, rtol=0, atol=1e-4)


def test_a_model_of_other_parts_is_left_alone():
    class Experts(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.stack = torch.nn.Parameter(torch.zeros(4, 4, 4, dtype=torch.bfloat16))

        def num_parameters(self):
            return 64

    model = Experts()
    assert not widen_arithmetic(model)
    assert model.stack.dtype == torch.bfloat16
