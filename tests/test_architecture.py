"""Importing stays light and every public name is there; who may import whom is checked by `make lint`."""

import subprocess
import sys

import pytest

from tests.support.places import ROOT

HEAVY = ("PIL", "torch", "transformers", "galois", "plotly", "lightgbm", "streamlit", "scipy", "sklearn", "numba")
HEAVY += ("shap", "lime", "shapiq", "matplotlib", "pandas")
STORE = ("sqlalchemy", "platformdirs", "psycopg", "sqlite3")


def test_importing_loads_nothing_heavy():
    code = (
        "import sys, spex_core, spex_core.engine.explain, spex_core.trust.methods, spex_core.runs.manager;"
        "from spex_core.models import registry; from spex_core.estimation.registry import estimators;"
        "from spex_core.trust.baseline import baselines;"
        "registry.backends(); estimators(); baselines();"
        f"print([name for name in {HEAVY + STORE!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there():
    import spex_core

    for name in spex_core.__all__:
        assert getattr(spex_core, name) is not None
    assert set(spex_core.__all__) <= set(dir(spex_core))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        spex_core.nothing  # noqa: B018  # the access is the test
