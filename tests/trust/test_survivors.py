"""Which interactions of one result are in another."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spex_core.errors import InputError
from spex_core.explanation.result import Explanation
from spex_core.fourier.faithfulness import Faithfulness
from spex_core.fourier.spectrum import Spectrum
from spex_core.trust.noise import survivors

VALUES = st.floats(-5, 5).filter(lambda v: abs(v) > 1e-2)
SUPPORTS = st.sets(st.integers(0, 3), min_size=1, max_size=3).map(lambda s: tuple(sorted(s)))
SPECTRA = st.dictionaries(SUPPORTS, VALUES, max_size=6)


def result(terms, n=4, spread=0.0):
    """What has these terms, known exactly or with draws that vary by `spread`."""
    spectrum = Spectrum.from_dict(n, {(): 0.5, **terms})
    rows = 400 if spread else 0
    noise = np.random.default_rng(0).standard_normal((rows, len(spectrum)))
    return Explanation(
        tuple(str(i) for i in range(n)),
        spectrum,
        spectrum.coefficients + spread * noise,
        0.0,
        0.0,
        Faithfulness(1.0, 1.0, 1.0, 16),
        "gp",
        "gp",
        100,
        100,
        3,
        0,
    )


@settings(deadline=None, max_examples=30)
@given(SPECTRA, SPECTRA)
def test_every_interaction_is_in_exactly_one_list(before, after):
    found = survivors(result(before), result(after), "Fourier")
    for support, value in before.items():
        places = [pair[0].features for pair in (*found.kept, *found.turned)] + [i.features for i in found.lost]
        assert places.count(support) == 1
        assert (support in [i.features for i in found.lost]) == (support not in after)
        if support in after:
            kept = [pair for pair in found.kept if pair[0].features == support]
            assert bool(kept) == (value * after[support] > 0)
            one, other = (kept or [pair for pair in found.turned if pair[0].features == support])[0]
            assert (one.value, other.value) == (value, after[support])
    assert {i.features for i in found.new} == after.keys() - before.keys()


def test_only_the_strongest_are_followed():
    before = {(0,): 3.0, (1,): 2.0, (2,): 1.0}
    after = {(3,): 4.0, (0,): 3.0, (1,): -0.5, (0, 1): 0.2}
    found = survivors(result(before), result(after), "Fourier", top=2)
    assert [pair[0].features for pair in found.kept] == [(0,)]
    assert [pair[1].value for pair in found.turned] == [-0.5]
    assert found.lost == ()
    assert [i.features for i in found.new] == [(3,)]


def test_what_is_not_told_from_zero_does_not_count():
    before = result({(0,): 3.0, (1,): 0.1}, spread=0.1)
    after = result({(0,): 3.0, (2,): 0.1}, spread=0.1)
    found = survivors(before, after, "Fourier")
    assert [pair[0].features for pair in found.kept] == [(0,)]
    assert (found.turned, found.lost, found.new) == ((), (), ())


def test_both_are_read_with_one_order():
    before, after = result({(0,): 1.0, (0, 1, 2): 0.5}), result({(0,): 1.0, (0, 1): 0.5})
    found = survivors(before, after, "FBII")
    one = {i.features: i.value for i in before.interactions("FBII", 3)}
    other = {i.features: i.value for i in after.interactions("FBII", 3)}
    assert {pair[0].features: pair[0].value for pair in found.kept + found.turned}.items() <= one.items()
    assert {pair[1].features: pair[1].value for pair in found.kept + found.turned}.items() <= other.items()


def test_nothing_and_different_inputs():
    assert survivors(result({}), result({})).kept == ()
    with pytest.raises(InputError, match="different features"):
        survivors(result({}, n=3), result({}, n=4))
