"""The snippet makes the same run again, and holds text as text."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import spex_core
from spex_core.explanation.result import Explanation
from spex_core.explanation.snippet import python_snippet
from spex_core.explanation.sources import INLINE, PictureSource, TextSource
from spex_core.models.base import ModelSpec
from tests.support.fake_pictures import scene
from tests.support.places import ROOT

NASTY = 'He said """no\'""", \\n and\r\nthen\t{x} %s \u2028 <b>…</b>; ' + "word " * 40 + "\N{GRINNING FACE} end"


def _changed(explanation, **fields):
    return Explanation(**{**vars(explanation), **fields, "_cache": {}})


def _apart_from_time(text):
    document = json.loads(text)
    del document["seconds"]
    return document


def _executed(codes, folder):
    """What each snippet explains; one process for all, in which each has its own names, because torch loads slowly."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    program = "\n".join(
        f"names = {{}}\nexec({code!r}, names)\nprint(names['explanation'].to_json(), end='')" for code in codes
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True, timeout=300
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    *lines, _ = done.stdout.decode().split("\n")
    assert len(lines) == 2 * len(codes)
    assert all(said.startswith("R² on unseen masks: ") for said in lines[::2])
    return lines[1::2]


@pytest.fixture(scope="module")
def text_run():
    return spex_core.explain_text(
        "The plot is not bad,\r\nbut the “ending” isn't good.", "minilm-sentiment", budget=60, seed=3, max_order=3
    )


@pytest.mark.slow
def test_the_snippets_of_a_text_and_of_a_picture_make_the_same_runs(text_run, tmp_path):
    backend = spex_core.load_backend("scenes", question="is there a dog?", answer="yes", against="no")
    run = spex_core.explain_image(scene(), backend, grid=(3, 2), budget=40, question_words=True, masking="mean")
    (tmp_path / "input.png").write_bytes(run.source.picture)
    runs = [text_run, run]
    again = _executed([python_snippet(one) for one in runs], tmp_path)
    assert [_apart_from_time(one) for one in again] == [_apart_from_time(one.to_json()) for one in runs]


def _value_of(code, name):
    """The literal that a line of the snippet assigns, read without running it."""
    for node in ast.parse(code).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == name:
            return ast.literal_eval(node.value)
    return None


@pytest.mark.parametrize("text", [NASTY, "short", "a\tb " * 60, " lead and trail \n\n" * 9, "x" * 500, "\\" * 200])
def test_any_text_stays_what_it_was(text_run, text):
    source = TextSource(text, text_run.source.spans, "word", "unk")
    code = python_snippet(_changed(text_run, source=source))
    assert _value_of(code, "text") == text


def test_a_long_text_is_read_from_the_bundle(text_run, tmp_path):
    source = TextSource("w\r\n" * INLINE, text_run.source.spans, "word", "unk")
    code = python_snippet(_changed(text_run, source=source))
    assert len(code) < 1_000
    (tmp_path / "input.txt").write_bytes(source.text.encode())
    reading = next(node for node in ast.parse(code).body if isinstance(node, ast.With))
    names = {}
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        exec(compile(ast.Module([reading], []), "snippet", "exec"), names)
    finally:
        os.chdir(before)
    assert names["text"] == source.text


def test_what_a_file_says_is_never_code(text_run):
    evil = "'); import os; os.system('x') #"
    options = {"question": evil, "a-b": evil}
    hostile = _changed(text_run, model=ModelSpec(evil, options), requested_estimator=evil)
    body = ast.parse(python_snippet(hostile)).body
    assert [type(node).__name__ for node in body] == ["Import", "Assign", "Assign", "Assign", "Expr"]
    kept = [node.value for node in ast.walk(ast.Module(body, [])) if isinstance(node, ast.Constant)]
    assert kept.count(evil) == 4


def test_the_head_says_what_cannot_be_repeated(text_run):
    assert "stopped after" in python_snippet(_changed(text_run, complete=False))
    assert "OPENAI_API_KEY" in python_snippet(_changed(text_run, model=ModelSpec("openai", {"model": "m"})))
    bare = python_snippet(_changed(text_run, model=None, source=None))
    assert "def value_function" in bare
    ast.parse(bare)


def test_a_picture_of_a_bare_function_is_still_python(text_run):
    source = PictureSource(b"", (2, 2), "grey", "q")
    assert "from PIL import Image" in python_snippet(_changed(text_run, source=source))
