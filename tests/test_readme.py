"""What the README and CONTRIBUTING tell a person to type is typed here."""

import os
import re
import shlex
import shutil
import subprocess
import sys

import numpy as np
import pytest

import spex_core
from spex_core.cli import main
from spex_core.toys.scenes.world import draw, random_scene
from tests.support.places import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def _blocks(text, language):
    return re.findall(rf"^ *```{language}\n(.*?)^ *```", text, flags=re.DOTALL | re.MULTILINE)


def test_the_python_example_runs_and_finds_what_it_holds(capsys):
    (code,) = _blocks(README, "python")
    assert len([line for line in code.splitlines() if line.strip()]) <= 5
    exec(code, {})
    r2, strongest = capsys.readouterr().out.strip().splitlines()
    assert float(r2.split()[-1]) > 0.99
    assert "features=(1, 2)" in strongest


EVERY_COMMAND = re.findall(r"^python -m spex_core .*$", README, flags=re.MULTILINE)
COMMANDS = [command for command in EVERY_COMMAND if " bench " not in command]
EXPERIMENTS = [command for command in EVERY_COMMAND if " bench " in command]  # which go on from one another


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_run(command, tmp_path, monkeypatch, capsys):
    (tmp_path / "review.txt").write_text("Not a bad film at all.", encoding="utf-8")
    (tmp_path / "doc.txt").write_text(
        "The club buys tools. Members pay. Guests do not pay. It rains.", encoding="utf-8"
    )
    draw(random_scene(np.random.default_rng(0), 3), 256).save(tmp_path / "scene.png")
    quick = re.sub(r"--budget \d+", "--budget 60", command)  # as typed but for the passes, to save minutes
    python, option, package, *arguments = shlex.split(quick)
    assert (python, option, package) == ("python", "-m", "spex_core")
    if "minilm-sentiment" in arguments or "models" in arguments:  # as programs of their own; torch loads in seconds
        threads = {name: value for name, value in os.environ.items() if name.endswith("_NUM_THREADS")}
        done = subprocess.run(
            [sys.executable, option, package, *arguments],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), **threads},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said = done.stdout
    else:
        monkeypatch.chdir(tmp_path)
        assert main(arguments) == 0
        said = capsys.readouterr().out
    if "--json" in arguments:
        assert spex_core.Explanation.from_json((tmp_path / "out.json").read_text(encoding="utf-8")).n_features >= 4
    else:
        assert "minilm-sentiment" in said


@pytest.mark.slow
def test_the_experiments_run(tmp_path, monkeypatch, capsys):
    (tmp_path / "reviews.csv").write_text("text\nNot a bad film.\nIt is dull and far too long.\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for command in EXPERIMENTS:
        quick = re.sub(r"--budgets [\d,]+", "--budgets 40,60", command)
        assert main(shlex.split(re.sub(r"--count \d+", "--count 1", quick))[3:]) == 0
    capsys.readouterr()
    assert "auto" in (tmp_path / "results" / "table.csv").read_text(encoding="utf-8")
    assert "auto" in (tmp_path / "recovered" / "table.csv").read_text(encoding="utf-8")


def test_there_are_commands_to_test():
    assert (len(COMMANDS), len(EXPERIMENTS)) == (4, 3)


def test_files_that_the_documents_name_exist():
    for text in (README, CONTRIBUTING):
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (ROOT / target).exists(), target
    for name in re.findall(r"`((?:spex_core|tests|benchmarks|pages)/[\w/.]+\.\w+)`", README + CONTRIBUTING):
        assert name.endswith("my_model.py") or (ROOT / name).exists(), name


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """The library with the backend of CONTRIBUTING in the file that it names."""
    folder = tmp_path_factory.mktemp("checkout")
    no_cache = shutil.ignore_patterns("__pycache__")
    for part in ("spex_core", "tests"):
        shutil.copytree(ROOT / part, folder / part, ignore=no_cache)
    for part in ("assets", "pyproject.toml"):
        (folder / part).symlink_to(ROOT / part)
    (name,) = re.findall(r"Add `(spex_core/[\w/]+\.py)`", CONTRIBUTING)
    code = next(block for block in _blocks(CONTRIBUTING, "python") if "class Exclamation" in block)
    (folder / name).write_text("\n".join(line[3:] for line in code.splitlines()), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("-m spex_core models", "exclamation"),
        ("-m spex_core explain --text 'Oh! No!! Never!' --model exclamation --budget 8", "marks"),
        (
            "-m pytest -o addopts= --import-mode=importlib tests/models/backends/test_contract.py -k exclamation",
            " passed",
        ),
    ],
)
def test_the_backend_of_contributing_is_one_file(checkout, command, words):
    done = subprocess.run([sys.executable, *shlex.split(command)], cwd=checkout, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert words in done.stdout


def test_the_backend_of_contributing_is_explained():
    code = next(block for block in _blocks(CONTRIBUTING, "python") if "class Exclamation" in block)
    scope = {}
    exec("\n".join(line[3:] for line in code.splitlines()), scope)
    explanation = spex_core.explain_text("Oh! No!! Never!", scope["Exclamation"](), budget=8)
    assert [i.value for i in explanation.interactions("SV")] == pytest.approx([2.0, 1.0, 1.0])
