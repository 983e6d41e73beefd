import numpy as np
import pytest
import torch

from spex_core.errors import InputError
from spex_core.models.minilm import network as minilm_network
from spex_core.models.minilm.network import Network, fastest
from spex_core.models.minilm.weights import load_tensors


@pytest.fixture(scope="module")
def tensors():
    return load_tensors()


@pytest.fixture(scope="module")
def network(tensors):
    return Network(tensors)


def test_last_hidden_states_are_those_of_transformers_bert(tensors, network):
    transformers = pytest.importorskip("transformers")
    config = transformers.BertConfig(hidden_size=384, num_hidden_layers=6, intermediate_size=1536)
    bert = transformers.BertModel(config, add_pooling_layer=False).eval()
    # The old file carries the positions' running numbers, and the pooler that is not used.
    weights = {k: v for k, v in tensors.items() if "pooler" not in k and "position_ids" not in k}
    bert.load_state_dict(weights)
    ids = torch.randint(999, 30000, (3, 40), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = bert(ids).last_hidden_state.sum(1)
    torch.testing.assert_close(network.sums(ids), expected, atol=2e-4, rtol=1e-5)


@pytest.mark.parametrize("length", [2, 3, 7, 40])
def test_a_row_does_not_depend_on_its_company(network, length):
    ids = torch.randint(999, 30000, (20, length), generator=torch.Generator().manual_seed(1))
    together = network.sums(ids)
    for size in (1, 2, 5):
        torch.testing.assert_close(network.sums(ids[:size]), together[:size], atol=1e-4, rtol=1e-5)


def test_bf16_stays_within_a_thousandth_in_cosine(tensors, network):
    ids = torch.randint(999, 30000, (2, 24), generator=torch.Generator().manual_seed(2))
    exact = network.sums(ids).numpy()
    rough = Network(tensors, "bf16").sums(ids).numpy()
    cosine = (exact * rough).sum(1) / np.linalg.norm(exact, axis=1) / np.linalg.norm(rough, axis=1)
    assert (cosine > 0.999).all()


def test_bf16_is_used_only_where_it_exists_and_is_faster(tensors, monkeypatch):
    monkeypatch.delenv(minilm_network.DTYPE_VARIABLE, raising=False)
    monkeypatch.setattr(minilm_network, "_has_bf16", lambda: False)
    assert fastest(tensors).dtype == "fp32"
    monkeypatch.setattr(minilm_network, "_has_bf16", lambda: True)
    for quicker in ("fp32", "bf16"):
        monkeypatch.setattr(minilm_network, "_seconds", lambda n, q=quicker: 1.0 if n.dtype == q else 2.0)
        assert fastest(tensors).dtype == quicker
    monkeypatch.setattr(minilm_network, "_seconds", lambda n: 1.0)
    assert fastest(tensors).dtype == "fp32"


def test_the_environment_decides_where_it_is_set(tensors, monkeypatch):
    monkeypatch.setenv(minilm_network.DTYPE_VARIABLE, "bf16")
    assert fastest(tensors).dtype == "bf16"
    monkeypatch.setenv(minilm_network.DTYPE_VARIABLE, "int8")
    with pytest.raises(InputError, match="SPEX_MINILM_DTYPE='int8' must be one of fp32, bf16"):
        fastest(tensors)
