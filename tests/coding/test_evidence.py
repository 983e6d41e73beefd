"""z-tests across groups."""

import numpy as np
import pytest

from spex_core.coding.bin_fit import BinFit
from spex_core.coding.plan import nominal_rows, plan_masks
from spex_core.coding.screening import weigh
from spex_core.coding.signatures import Signatures
from spex_core.fourier.spectrum import walsh_columns

N = 40


@pytest.fixture(scope="module")
def design():
    plan = plan_masks(N, nominal_rows(N, 4, 4), 4, np.random.default_rng(0))
    masks = np.concatenate([[[True] * N, [False] * N], plan.masks])
    return plan.layout, masks


def weighed(layout, values, supports):
    signatures = Signatures.of(layout)
    return weigh(signatures, BinFit(layout, signatures, values).bins, supports)


def test_a_true_term_is_measured_in_every_group_and_others_are_not(design):
    layout, masks = design
    rng = np.random.default_rng(1)
    values = 2.0 * walsh_columns(masks, [(1, 8, 30)])[:, 0] + rng.normal(size=len(masks))
    supports = np.array([[1, 8, 30, N], [1, 8, N, N], [5, N, N, N]])
    evidence = weighed(layout, values, supports)
    np.testing.assert_allclose(evidence.amplitude[0], 2.0, atol=0.25)
    scores = evidence.z_scores()
    assert scores[0] > 20
    assert np.abs(scores[1:]).max() < 6
    assert evidence.z_scores(np.array([[True, False, False]] * 3))[0] > 10


def test_z_scores_of_pure_noise_are_standard_normal(design):
    layout, masks = design
    rng = np.random.default_rng(2)
    supports = np.sort(np.stack([rng.choice(N, 4, replace=False) for _ in range(500)]), axis=1)
    scores = np.concatenate([weighed(layout, rng.normal(size=len(masks)), supports).z_scores() for _ in range(4)])
    assert abs(scores.mean()) < 0.1
    assert 0.9 < scores.std() < 1.15


def test_groups_left_out_count_for_nothing(design):
    layout, masks = design
    evidence = weighed(layout, masks[:, 0] * 1.0, np.array([[0, N, N, N]]))
    assert evidence.z_scores(np.zeros((1, 3), dtype=bool)).tolist() == [0.0]
