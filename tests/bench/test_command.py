"""`python -m spex_core bench`: what a person types."""

import json
import signal

import pytest

from spex_core.cli import main
from spex_core.runs.interrupts import INTERRUPTED
from tests.support.bench_model import Asking, write_questions, write_texts


@pytest.fixture
def asking(monkeypatch):
    return Asking.fresh(monkeypatch)


@pytest.fixture
def run(capsys):
    def run(*arguments):
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            status = stop.code
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.mark.slow
@pytest.mark.parametrize("experiment", ["faithfulness", "removal", "recovery"])
def test_an_experiment_writes_results_tables_and_pictures(experiment, asking, run, tmp_path):
    pytest.importorskip("matplotlib")
    data, out = write_questions(tmp_path / "q.json"), tmp_path / "deep" / "out"
    rs = () if experiment == "faithfulness" else ("--rs", "1", "2,3")
    status, said, err = run(
        *("bench", experiment, "--dataset", data, "--model", "asking", "--methods", "banzhaf-1,banzhaf-2", "smt"),
        *("--budgets", "80,", "40", "--out", out, *rs),
    )
    assert status == 0, err
    assert said == (out / "table.md").read_text(encoding="utf-8")
    names = {"table.csv", "table.md", "results.jsonl", "passes"}
    pictures = {"faithfulness": ["faithfulness"], "removal": ["normalised", "share"], "recovery": ["recovery"]}
    assert {path.name for path in out.iterdir()} == names | {f"{name}.svg" for name in pictures[experiment]}
    settings, *lines = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    assert settings["settings"]["budgets"] == [40, 80]
    assert settings["settings"]["rs"] == ([] if experiment == "faithfulness" else [1, 2, 3])
    assert len(lines) == 2 * 2 * 3
    assert "80/80 passes" in err


@pytest.fixture
def no_pictures(monkeypatch):
    """They take a second each."""
    monkeypatch.setattr("spex_core.bench.plots.write_plots", lambda settings, cells: ([], ""))


def test_lists_may_be_written_with_commas_spaces_or_both(asking, no_pictures, run, tmp_path):
    command = ("bench", "faithfulness", "--dataset", write_questions(tmp_path / "q.json"), "--model", "asking")
    _, said, _ = run(*command, "--out", tmp_path, "--methods", "banzhaf-1, smt", "--budgets", "80,", "40")
    asking.asked.clear()
    for names, budgets in ((("banzhaf-1", "smt"), ("40", "80")), (("banzhaf-1,smt",), ("80,40,80",))):
        again = run(*command, "--out", tmp_path, "--methods", *names, "--budgets", *budgets)
        assert again[:2] == (0, said)
    assert asking.asked == []


def test_ctrl_c_stops_keeps_and_goes_on(asking, no_pictures, run, tmp_path):
    data, out = write_questions(tmp_path / "q.json"), tmp_path / "out"
    command = ("bench", "faithfulness", "--dataset", data, "--model", "asking", "--methods", "banzhaf-1")
    command += ("--budgets", "80", "--seeds", "0", "1", "--out", out)
    asking.on_batch = lambda question, inputs: len(asking.asked) == 96 and signal.raise_signal(signal.SIGINT)
    status, said, err = run(*command)
    assert status == INTERRUPTED
    assert "run the same command again" in err
    assert "| Banzhaf, order 1 |" in said
    assert len(asking.asked) == 112
    status, said, err = run(*command)
    assert status == 0
    assert len(asking.asked) == len(set(asking.asked))
    assert "(2)" in said


def test_a_second_ctrl_c_is_no_traceback(asking, run, tmp_path):
    def twice(question, inputs):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    asking.on_batch = twice
    data = write_questions(tmp_path / "q.json")
    status, _, err = run("bench", "removal", "--dataset", data, "--model", "asking", "--out", tmp_path / "out")
    assert status == INTERRUPTED
    assert "Traceback" not in err
    assert not (tmp_path / "out" / "in-use").exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"--methods": "banzaf"}, "'banzaf' does not exist; did you mean 'banzhaf'"),
        ({"--methods": ","}, "--methods: give one or more"),
        ({"--budgets": "many"}, "give whole numbers"),
        ({"--budgets": "2"}, "--budgets 2: give 3 or more"),
        ({"--seeds": "-1"}, "--seeds -1: give 0 or more"),
        ({"--count": "0"}, "--count 0: give 1 or more"),
        ({"--lengths": "9-8"}, "--lengths 9-8: give fewest and most"),
        ({"--model": "nothing"}, "'nothing' does not exist"),
        ({"--model": "scenes"}, "reads pictures"),
        ({"--query": "x"}, "no option 'query'"),
        ({"--dataset": "no.json"}, "cannot read no.json"),
        ({"--masking": "paint"}, "masking='paint'"),
        ({"--unit": "verse"}, "invalid choice"),
        ({"--unit": "token"}, "no tokenizer"),
        ({"--max-order": "9"}, "max_order"),
        ({"--seed": "-1"}, "--seeds"),
        ({"--seed": "1", "--seeds": "1"}, "not allowed with"),
        ({"--out": None}, "--out"),
        ({"--rs": "1"}, "unrecognized arguments: --rs"),
    ],
)
def test_wrong_use_is_one_line_and_status_2(changes, words, asking, run, tmp_path):
    given = {"--dataset": write_questions(tmp_path / "q.json"), "--model": "asking", "--out": tmp_path / "out"}
    given |= {"--methods": "banzhaf-1", "--budgets": "40"} | changes
    flags = [part for flag, value in given.items() if value is not None for part in (flag, value)]
    status, out, err = run("bench", "faithfulness", *flags)
    assert (status, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert not (tmp_path / "out" / "results.jsonl").exists()


def test_the_column_taken_is_said_and_a_csv_without_one_refused(asking, no_pictures, run, tmp_path):
    data = write_texts(tmp_path / "t.csv", ["a b c d"])
    command = ("bench", "faithfulness", "--model", "asking", "--question", "a b", "--methods", "banzhaf-1")
    status, _, err = run(*command, "--budgets", "12", "--dataset", data, "--out", tmp_path / "out")
    assert status == 0
    assert "texts from the column 'text'" in err
    data.write_text("word\nx\n")
    status, _, err = run(*command, "--budgets", "12", "--dataset", data, "--out", tmp_path / "other")
    assert (status, err.count("\n")) == (2, 1)
    assert "text, review, sentence or input" in err


@pytest.mark.parametrize(("kind", "form"), [("two-hop", "HotpotQA"), ("counting", "DROP")])
def test_questions_are_written_in_the_form_of_a_data_set(kind, form, run, tmp_path):
    from spex_core.bench.data import read_data_set

    out = tmp_path / "questions.json"
    status, said, err = run("bench", "questions", "--kind", kind, "--count", 3, "--seed", 5, "--out", out)
    assert (status, said) == (0, "")
    assert err == f"3 questions in {form}'s form: {out}\n"
    data = read_data_set(out)
    assert (data.kind, len(data.examples)) == (form, 3)
    status, said, _ = run("bench", "questions", "--kind", kind, "--count", 3, "--seed", 5, "--out", "-")
    assert (status, said) == (0, out.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--kind", "riddle"), "'riddle' does not exist"),
        (("--kind", "counting", "--count", "0"), "count=0"),
        (("--kind", "counting", "--count", "10001"), "10,000 or fewer"),
        (("--kind", "counting", "--out", "/no/such/folder/x.json"), "cannot write"),
        ((), "--kind"),
    ],
)
def test_wrong_questions_are_one_line_and_status_2(arguments, words, run, tmp_path):
    out = () if "--out" in arguments else ("--out", tmp_path / "x.json")
    status, _, err = run("bench", "questions", *arguments, *out)
    assert (status, err.count("\n")) == (2, 1)
    assert words in err
