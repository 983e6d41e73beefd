"""Command line: the commands of the README, one line and status 2 for wrong use."""

import json
import subprocess
import sys

import pytest

import spex_core
from spex_core.cli import main

REVIEW = "The plot is thin, but the acting never fails to impress."


def _run(capsys, *arguments):
    try:
        status = main(list(arguments))
    except SystemExit as stop:
        status = stop.code
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_models_lists_every_backend_with_its_options(capsys):
    status, out, _ = _run(capsys, "models")
    assert status == 0
    for name, backend in spex_core.registry.backends().items():
        assert name in out
        for option in backend.options:
            assert f"--{option.name.replace('_', '-')}" in out


def test_explain_writes_json_that_opens(tmp_path, capsys):
    (tmp_path / "review.txt").write_text(REVIEW, encoding="utf-8")
    target = tmp_path / "out.json"
    status, out, err = _run(
        capsys,
        *("explain", "--text-file", str(tmp_path / "review.txt"), "--model", "minilm-sentiment"),
        *("--unit", "word", "--budget", "120", "--json", str(target)),
    )
    assert status == 0
    assert "passes" in err
    assert "R²" in out
    explanation = spex_core.Explanation.from_json(target.read_text(encoding="utf-8"))
    assert explanation.source.text == REVIEW
    assert explanation.evaluations <= 120
    document = json.loads(target.read_text(encoding="utf-8"))
    assert (document["model"], document["unit"], document["budget"]) == ("minilm-sentiment", "word", 120)


def test_relevance_takes_its_query_and_sentences(tmp_path, capsys):
    text = "Cats sleep a lot. The harbour opens at six. Boats need a permit. Tea is served late."
    status, out, _ = _run(
        capsys,
        *("explain", "--text", text, "--model", "minilm-relevance", "--query", "When does the harbour open?"),
        *("--unit", "sentence", "--budget", "500", "--json", "-"),
    )
    assert status == 0
    explanation = spex_core.Explanation.from_json(out)
    assert explanation.n_features == 4
    assert explanation.estimator == "exact"
    strongest = explanation.interactions("SV")[0]
    assert "harbour" in explanation.features[strongest.features[0]]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "required"),
        (["paint"], "invalid choice"),
        (["explain"], "required"),
        (["explain", "--text", "a b"], "--model"),
        (["explain", "--text", "a b", "--model", "nope"], "'nope' does not exist"),
        (["explain", "--text", "a b", "--model", "minilm-relevance"], "needs query"),
        (["explain", "--text", "a b", "--model", "minilm-sentiment", "--query", "x"], "no option 'query'"),
        (["explain", "--text", "", "--model", "minilm-sentiment"], "empty"),
        (["explain", "--text", "a b", "--model", "minilm-sentiment", "--unit", "verse"], "invalid choice"),
        (["explain", "--text", "a b", "--model", "minilm-sentiment", "--budget", "many"], "invalid int"),
        (["explain", "--text", "a b", "--model", "minilm-sentiment", "--budget", "1"], "budget=1"),
        (["explain", "--text", "a b", "--model", "minilm-sentiment", "--estimator", "spexx"], "did you mean"),
        (["explain", "--text", "a b", "--model", "minilm-sentiment", "--masking", "paint"], "masking"),
        (["explain", "--text", "a b", "--model", "minilm-sentiment", "--max-order", "0"], "max_order=0"),
        (["explain", "--text-file", "/no/such/file", "--model", "minilm-sentiment"], "cannot read"),
        (
            ["explain", "--text", "a b", "--model", "minilm-sentiment", "--json", "/no/such/folder/x.json"],
            "does not exist",
        ),
        (["explain", "--text", "a", "--text-file", "b", "--model", "minilm-sentiment"], "not allowed with"),
    ],
)
def test_wrong_use_is_one_line_and_status_2(arguments, words, capsys):
    status, _, err = _run(capsys, *arguments)
    assert status == 2
    assert words in err
    assert err.count("\n") == 1


def test_a_file_that_is_not_text_is_refused(tmp_path, capsys):
    (tmp_path / "x.bin").write_bytes(b"\xff\xfe\x00\x81")
    status, _, err = _run(capsys, "explain", "--text-file", str(tmp_path / "x.bin"), "--model", "minilm-sentiment")
    assert (status, err.count("\n")) == (2, 1)
    assert "UTF-8" in err


def test_the_module_runs_as_a_program_without_a_traceback():
    done = subprocess.run(
        [sys.executable, "-m", "spex_core", "explain", "--model", "x"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
