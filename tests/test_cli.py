"""Command line: the commands of the README, one line and status 2 for wrong use."""

import json
import re
import subprocess
import sys

import pytest

import spex_core
from spex_core.cli import main
from spex_core.inputs.pictures import png_bytes
from spex_core.models.base import Forecast
from tests.support.fake_pictures import Both, scene

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
    for name, backend in spex_core.models.registry.backends().items():
        assert name in out
        for option in backend.options:
            flag = "--model-path" if option.name == "model" else f"--{option.name.replace('_', '-')}"
            assert (flag in out) != option.secret


@pytest.mark.slow
def test_explain_writes_json_that_opens(tmp_path, capsys):
    (tmp_path / "review.txt").write_text(REVIEW, encoding="utf-8")
    target = tmp_path / "out.json"
    status, out, err = _run(
        capsys,
        *("explain", "--text-file", str(tmp_path / "review.txt"), "--model", "minilm-sentiment"),
        *("--unit", "word", "--budget", "120", "--json", str(target), "--html", str(tmp_path / "out.html")),
        *("--expected", " negative "),
    )
    assert status == 0
    assert (tmp_path / "out.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "passes" in err
    assert "R²" in out
    explanation = spex_core.Explanation.from_json(target.read_text(encoding="utf-8"))
    assert explanation.source.text == REVIEW
    assert explanation.source.expected == "negative"
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


@pytest.fixture
def picture(tmp_path, monkeypatch):
    monkeypatch.setitem(spex_core.models.registry.backends(), "both", Both)
    monkeypatch.setattr(Both, "told", None)
    monkeypatch.setattr(Both, "loads", 0)
    (tmp_path / "scene.png").write_bytes(png_bytes(scene()))
    return str(tmp_path / "scene.png")


def test_a_picture_is_explained_from_the_shell(picture, tmp_path, capsys):
    target = tmp_path / "out.json"
    status, out, err = _run(
        capsys,
        *("explain", "--image", picture, "--question", "a dog?", "--model", "both", "--grid", "4x3"),
        *("--budget", "400", "--masking", "mean", "--question-words", "--json", str(target)),
    )
    assert (status, "passes" in err) == (0, True)
    assert "'A3' + 'C2'" in out
    explanation = spex_core.Explanation.from_json(target.read_text(encoding="utf-8"))
    assert explanation.source.grid == (4, 3)
    assert explanation.source.masking == "mean"
    assert explanation.features[12:] == ("a", "dog?")
    assert explanation.model.options == {"question": "a dog?", "answer": "yes"}


def test_a_picture_is_cut_into_segments_from_the_shell(picture, tmp_path, capsys):
    target = tmp_path / "out.json"
    command = ("explain", "--image", picture, "--model", "both", "--segments", "6", "--budget", "64")
    status, _, _ = _run(capsys, *command, "--json", str(target))
    assert status == 0
    explanation = spex_core.Explanation.from_json(target.read_text(encoding="utf-8"))
    assert explanation.source.segments.count == 6
    assert explanation.features == ("S1", "S2", "S3", "S4", "S5", "S6")


def test_what_a_large_model_takes_is_told_before_it_is_loaded(picture, capsys, monkeypatch):
    told = Forecast(7_000_000_000, 15_000_000_000, 80_000_000_000, "cuda", 1300, None, 4.0)
    monkeypatch.setattr(Both, "told", told)
    status, _, err = _run(capsys, "explain", "--image", picture, "--model", "both", "--grid", "2x2", "--budget", "16")
    assert status == 0
    assert err.splitlines()[0] == (
        "both: on cuda, 7.0 GB to download, 15.0 GB of memory of 80.0 GB free, 1,300 tokens per pass, "
        "about 4 s for 16 passes"
    )
    assert Both.asked.grid == (2, 2)
    monkeypatch.setattr(Both, "told", Forecast(memory_bytes=9_000_000_000, free_bytes=1_000_000_000))
    monkeypatch.setattr(Both, "loads", 0)
    status, _, err = _run(capsys, "explain", "--image", picture, "--model", "both")
    assert (status, err.count("\n"), Both.loads) == (2, 1, 0)
    assert "9.0 GB" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--image", "PICTURE", "--model", "minilm-sentiment"], "minilm-sentiment reads texts"),
        (["--text", "a b", "--model", "both"], "both reads pictures; use --image"),
        (["--image", "PICTURE", "--text", "a", "--model", "both"], "not allowed with"),
        (["--image", "nothing.png", "--model", "both"], "cannot read nothing.png"),
        (["--image", __file__, "--model", "both"], "use PNG, JPEG or WebP"),
        (["--image", "PICTURE", "--model", "both", "--grid", "8"], "columns x rows, such as 8x6"),
        (["--image", "PICTURE", "--model", "both", "--grid", "8x6x2"], "columns x rows"),
        (["--image", "PICTURE", "--model", "both", "--grid", "0x6"], "between 1 and 64"),
        (["--image", "PICTURE", "--model", "both", "--grid", "4x3", "--segments", "9"], "not by both"),
        (["--image", "PICTURE", "--model", "both", "--segments", "2000"], "between 1 and 1024"),
        (["--image", "PICTURE", "--model", "both", "--segments", "few"], "invalid int"),
        (["--text", "a b", "--model", "minilm-sentiment", "--segments", "9"], "--segments cannot be used with a text"),
        (["--image", "PICTURE", "--model", "both", "--grid", "64x64"], "finer than a picture of 64 x 48"),
        (["--image", "PICTURE", "--model", "both", "--grid", "40x40"], "1,600 features"),
        (["--image", "PICTURE", "--model", "both", "--unit", "word"], "--unit cannot be used with a picture"),
        (["--image", "PICTURE", "--model", "both", "--masking", "unk"], "masking='unk'"),
        (["--image", "PICTURE", "--model", "both", "--question-words"], "no question"),
        (["--image", "PICTURE", "--model", "both", "--query", "x"], "no option 'query'"),
        (["--text", "a b", "--model", "minilm-sentiment", "--grid", "8x6"], "--grid cannot be used with a text"),
        (["--text", "a b", "--model", "minilm-sentiment", "--question-words"], "--question-words cannot be used"),
    ],
)
def test_wrong_use_with_pictures_is_one_line_and_status_2(arguments, words, picture, capsys):
    given = [picture if argument == "PICTURE" else argument for argument in arguments]
    status, _, err = _run(capsys, "explain", *given)
    assert status == 2
    assert words in err
    assert err.count("\n") == 1


def test_help_names_the_maskings_of_both_kinds(capsys):
    _, out, _ = _run(capsys, "explain", "--help")
    said = " ".join(out.split())
    assert re.search(r"replaced: unk, removal[a-z, ]* for text; blur, mean, grey for image", said)
    assert "--grid GRID" in said
    assert "--question QUESTION" in said


def test_converted_models_are_listed_and_cleared(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SPEX_EXPLORER_CACHE", str(tmp_path))
    assert _run(capsys, "models", "--converted") == (0, "", "")
    folder = tmp_path / "converted" / "own-float32-v1"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(bytes(2_000_000))
    assert _run(capsys, "models", "--converted") == (0, f"own-float32-v1: 2 MB in {folder}\n", "")
    assert _run(capsys, "models", "--clear-converted") == (0, "2 MB are free again\n", "")
    assert not folder.exists()
