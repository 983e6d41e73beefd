"""The rules of the layout: who may import whom, and that importing stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = ROOT / "spex_core"
FOLDERS = ("baselines", "estimators", "maskers", "backends", "views")
ENGINE = {"auto", "design", "engine", "store", "requests", "speed", "cli", "__main__", "__init__", "registry"}
ENGINE |= {"estimation", "evaluation", "input_maskers"}
ENGINE |= {"methods", "model_desk", "noise", "passes", "request_data", "run", "run_ledger", "runs"}
ENGINE |= {"bench", "bench_cli", "bench_measures", "bench_passes", "bench_questions"}
HEAVY = ("PIL", "torch", "transformers", "galois", "plotly", "lightgbm", "streamlit", "scipy", "sklearn", "numba")
HEAVY += ("shap", "lime", "shapiq", "matplotlib", "pandas")
STORE = ("sqlalchemy", "platformdirs", "psycopg", "sqlite3")


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _files(*folders):
    return [path for folder in folders for path in sorted((CORE / folder).glob("*.py"))]


@pytest.mark.parametrize("path", sorted(CORE.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_the_library_never_imports_streamlit_or_pages(path):
    assert not [name for name in _imports(path) if name.split(".")[0] in ("streamlit", "pages", "app")]


@pytest.mark.parametrize("path", _files(*FOLDERS), ids=lambda p: str(p.relative_to(ROOT)))
def test_extensions_import_the_fixed_core_only(path):
    own = path.parent.name
    for name in _imports(path):
        parts = name.split(".")
        if parts[0] != "spex_core" or len(parts) < 2 or path.name == "__init__.py":
            continue
        if own == "views" and parts[1] == "views":
            continue  # a picture may share a palette or a label with its neighbours
        assert parts[1] not in FOLDERS, f"{path.name} imports {name}"
        assert parts[1] not in ENGINE, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", [p for p in _files(".") if p.stem not in ENGINE], ids=lambda p: p.stem)
def test_the_fixed_core_imports_no_extension_and_no_engine(path):
    for name in _imports(path):
        parts = name.split(".")
        if parts[0] == "spex_core" and len(parts) > 1:
            assert parts[1] not in FOLDERS, f"{path.name} imports {name}"
            assert parts[1] not in ENGINE, f"{path.name} imports {name}"


def test_importing_loads_nothing_heavy():
    code = (
        "import sys, spex_core, spex_core.engine, spex_core.methods, spex_core.runs; from spex_core import registry;"
        "registry.backends(); registry.estimators(); registry.maskers(); registry.baselines();"
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
