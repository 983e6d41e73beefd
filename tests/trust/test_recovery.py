"""Recovery@r against the formula, written out."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spex_core.errors import InputError
from spex_core.explanation.result import Interaction
from spex_core.trust.recovery import recovery_at, recovery_by_chance, recovery_curve

SUPPORTS = st.sets(st.integers(0, 7), min_size=1, max_size=4).map(lambda s: tuple(sorted(s)))
LISTS = st.lists(st.builds(Interaction, SUPPORTS, st.integers(-9, 9).map(float)), max_size=8)
MARKED = st.sets(st.integers(0, 7))


@given(LISTS, MARKED, st.integers(1, 10))
def test_the_papers_formula(listed, marked, r):
    total = 0.0
    for each in sorted(listed, key=lambda i: abs(i.value), reverse=True)[:r]:
        total += sum(feature in marked for feature in each.features) / len(each.features)
    found = recovery_at(listed, marked, r)
    assert found == pytest.approx(total / r)
    assert 0.0 <= found <= 1.0
    assert recovery_curve(listed, marked, r)[-1] == pytest.approx(found)


@given(LISTS, MARKED)
def test_the_curve_is_recovery_at_each_r(listed, marked):
    curve = recovery_curve(listed, marked, 10)
    assert curve == pytest.approx([recovery_at(listed, marked, r) for r in range(1, 11)])


def test_a_worked_example():
    listed = [Interaction((0, 1), -4.0), Interaction((1, 2, 3), 3.0), Interaction((5,), 2.0)]
    assert recovery_curve(listed, [0, 1, 2], 3) == pytest.approx([1.0, (1 + 2 / 3) / 2, (1 + 2 / 3) / 3])
    assert recovery_at(listed[::-1], {0, 1, 2}, 1) == 1.0  # the strongest counts, wherever it stands


def test_the_constant_is_no_interaction():
    assert recovery_at([Interaction((), 9.0), Interaction((2,), 1.0)], [2], 1) == 1.0


def test_missing_interactions_recover_nothing():
    assert recovery_at([Interaction((0,), 1.0)], [0], 4) == 0.25
    assert recovery_curve([], [0], 3).tolist() == [0.0, 0.0, 0.0]
    assert recovery_at([Interaction((0,), 1.0)], [], 1) == 0.0
    assert recovery_at([Interaction((0,), 1.0)], [0], 10**12) == 1e-12


@pytest.mark.parametrize("order", [1, 2, 3])
def test_chance_is_the_mean_over_all_groups_of_a_size(order):
    marked = [0, 3, 4]
    groups = list(itertools.combinations(range(7), order))
    blind = np.mean([recovery_at([Interaction(group, 1.0)], marked, 1) for group in groups])
    assert blind == pytest.approx(recovery_by_chance(marked, 7)) == pytest.approx(3 / 7)


@pytest.mark.parametrize("r", [0, -1, 1.5])
def test_other_counts_are_refused(r):
    for call in (recovery_at, recovery_curve):
        with pytest.raises(InputError):
            call([], [0], r)
