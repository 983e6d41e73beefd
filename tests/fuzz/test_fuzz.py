"""A minute of fuzzing with fixed seeds, and every input that once failed; `make fuzz` goes on with fresh ones."""

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz import found
from tests.fuzz.judge import Tally, judge
from tests.fuzz.kinds import KINDS, kind_of

pytestmark = pytest.mark.slow
FIXED = settings(derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("path", found.files(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_once_failed_is_an_answer_or_one_sentence(path):
    judge(kind_of(path.parent.name), path.read_bytes(), Tally())


@pytest.mark.parametrize("name", KINDS)
def test_any_input_is_an_answer_or_one_sentence(name):
    kind, tally = kind_of(name), Tally()

    @settings(FIXED, max_examples=kind.in_tests)
    @given(kind.inputs())
    def tried(data):
        judge(kind, data, tally)

    tried()
    assert tally.inputs >= kind.in_tests / 2
    assert tally.refused > 0
    assert tally.accepted > 0


@pytest.mark.parametrize("name", KINDS)
def test_each_fuzzer_fails_where_the_program_does(name, monkeypatch):
    kind = kind_of(name)

    def raw(_):
        raise KeyError("x")

    monkeypatch.setattr(type(kind), "attempt", property(lambda _: raw), raising=False)
    with pytest.raises(AssertionError, match="a raw KeyError"):
        judge(kind, b"", Tally())
