"""Hard decoding is the same estimator with less effort."""

import numpy as np

from spex_core.arrays import Samples
from spex_core.coding.plan import nominal_rows
from spex_core.estimation.estimators.spex import Spex, SpexHard
from spex_core.fourier.spectrum import evaluate


def test_same_plan_and_no_more_recovery_than_soft_in_noise():
    n, rng = 100, np.random.default_rng(0)
    supports = sorted({tuple(sorted(rng.choice(n, 4, replace=False).tolist())) for _ in range(60)})
    coefficients = rng.normal(size=len(supports))
    rows = nominal_rows(n, 5, 5)
    plans = [e.plan(n, rows, 5, np.random.default_rng(1)) for e in (Spex(), SpexHard())]
    assert np.array_equal(plans[0].masks, plans[1].masks)
    masks = np.concatenate([[[True] * n, [False] * n], plans[0].masks])
    values = evaluate(masks, supports, coefficients, n) + 2.0 * rng.normal(size=len(masks))
    hits = []
    for estimator in (SpexHard(), Spex()):
        spectrum = estimator.fit(Samples(masks, values), plans[0], 5, np.random.default_rng(2)).spectrum
        hits.append(len(set(spectrum.supports) & set(supports)))
    assert 5 < hits[0] < hits[1]
