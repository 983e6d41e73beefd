"""Every architecture that a person would meet is scored in a batch as alone, or refused in words; never otherwise."""

import pytest

from spex_core.models.shared import shared
from tests.support.architectures import ARCHITECTURES, CAUSAL, CLASSIFIERS, verdicts

KINDS = [(name, kind) for name, one in ARCHITECTURES.items() for kind in ("classifier", "causal") if getattr(one, kind)]
# What the library itself cannot build: positions begin after a padding that has no place among them.
REFUSED = {("RoBERTa", 300), ("XLM-R", 300)}
FOLDERS = {"classifier": CLASSIFIERS, "causal": CAUSAL[1:3]}  # no answer is padded with what a config says

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _none_stays_loaded():
    yield
    shared.release()


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_batched_is_alone_or_refused_in_words(name, kind, tmp_path):
    for verdict in verdicts(name, kind, tmp_path, FOLDERS[kind]):
        assert verdict.right or verdict.reason, verdict
        assert bool(verdict.reason) == ((name, verdict.folder.padding) in REFUSED), verdict
        assert "\n" not in verdict.reason
        if not verdict.reason:
            assert verdict.spread > 1e-2, verdict  # texts differ, so a wrong token would show


def test_the_architectures_are_many_enough():
    assert len(ARCHITECTURES) >= 22
    assert sum(bool(one.causal) for one in ARCHITECTURES.values()) >= 18
