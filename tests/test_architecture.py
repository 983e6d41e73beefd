"""Importing stays light and every public name is there; who may import whom is checked by `make lint`."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from tests.support.places import ROOT

CORE = ROOT / "spex_core"
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


@cache
def _imported(module):
    """Names that a module of the library has from elsewhere, by the text of its imports."""
    tree = ast.parse(Path(import_module(module).__file__).read_text(encoding="utf-8"))
    return {
        alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }


@pytest.mark.parametrize("folder", ["spex_core", "pages", "tests", "benchmarks"])
def test_every_name_is_imported_from_where_it_is_defined(folder):
    borrowed = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("spex_core."):
                names = {alias.name for alias in node.names} & _imported(node.module)
                borrowed += [f"{path.relative_to(ROOT)}: {name} from {node.module}" for name in sorted(names)]
    assert not borrowed


def test_pages_reach_runs_as_their_visitor_may_alone():
    """Through `session.runs()`, which refuses what is somebody else's; the manager is for models, and files put in."""
    past = re.compile(
        r"manager\(\)\.(get|list|records|start|resume|extend|paid_for|knows_passes_of)\b"
        r"|store\.(load|list|request|rename|pin|delete|restore|share|finish|update)\b|\brun\.cancel\b"
    )
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sorted((ROOT / "pages").rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if past.search(line)
    ]
    assert found == []


def test_a_wheel_holds_every_package():
    """Folders without an `__init__.py` would be left out of it."""
    include = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["include"]
    assert include == ["spex_core*"]
    assert [
        str(path) for path in {path.parent for path in CORE.rglob("*.py")} if not (path / "__init__.py").exists()
    ] == []


def test_drawn_examples_hang_on_no_clock_and_no_chance():
    from hypothesis import settings

    assert settings.default.deadline is None
    assert settings.default.derandomize
