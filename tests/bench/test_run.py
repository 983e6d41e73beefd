"""The paper's experiments over a data set: what is asked, what is measured, and going on after a stop."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from spex_core.bench.data import Example
from spex_core.bench.journal import FILE
from spex_core.bench.measures import ranked, recovered, removed
from spex_core.bench.run import run_bench
from spex_core.bench.settings import BenchSettings, choose, group_of
from spex_core.errors import InputError, TextError
from spex_core.fourier.masks import all_masks
from spex_core.fourier.spectrum import Spectrum
from tests.support.bench_model import METHODS, Asking, write_questions, write_texts
from tests.support.places import ROOT


@pytest.fixture
def asking(monkeypatch):
    return Asking.fresh(monkeypatch)


@pytest.fixture
def settings(tmp_path):
    return BenchSettings(
        "faithfulness",
        write_questions(tmp_path / "questions.json"),
        tmp_path / "out",
        "asking",
        methods=METHODS,
        budgets=(80, 40),
        rs=(1, 2, 9),
    )


def _texts(settings, tmp_path, texts):
    data = write_texts(tmp_path / "texts.csv", texts)
    return replace(settings, data=data, options={"question": "a b"}, unit="word", lengths=(2, 1024))


def test_every_method_and_budget_is_judged_on_the_same_unseen_masks_of_passes_paid_once(asking, settings):
    result = run_bench(settings)
    assert result.complete
    assert result.settings.unit == "sentence"
    assert result.settings.masking == "removal"
    assert [(one["example"], one["budget"], one["order"]) for one in result.lines] == [
        (f"q{k}", budget, order) for k in range(2) for budget in (40, 80) for order in (1, 2)
    ]
    assert Counter(question for question, _ in asking.asked) == {"S0x1. S0x4.": 80, "S1x1. S1x4.": 80}
    assert len(set(asking.asked)) == len(asking.asked)
    assert set(asking.loaded) == {("S0x1. S0x4.", "yes"), ("S1x1. S1x4.", "yes")}
    ran = [one for one in result.lines if one["r2"] is not None]
    assert len(ran) == 6  # 30 passes are too few for the 37 terms of order 2
    assert len({one["unseen"] for one in ran}) == 1
    assert {one["reason"] for one in result.lines if one["r2"] is None} != {""}


def test_a_second_run_asks_nothing_and_more_methods_examples_and_seeds_only_add(asking, settings):
    first = run_bench(replace(settings, count=1, methods=("banzhaf-1",)))
    kept = (settings.out / FILE).read_bytes()
    asking.asked.clear()
    assert run_bench(replace(settings, count=1, methods=("banzhaf-1",))).lines == first.lines
    assert (settings.out / FILE).read_bytes() == kept
    assert asking.asked == []
    run_bench(replace(settings, count=1))
    assert asking.asked == []
    more = run_bench(replace(settings, seeds=(0, 1)))
    assert (settings.out / FILE).read_bytes().startswith(kept)
    assert len(more.lines) == 2 * 2 * 2 * 2
    assert len(set(asking.asked)) == len(asking.asked)


def test_experiments_may_share_their_passes(asking, settings, tmp_path):
    data = write_questions(tmp_path / "longer.json", sentences=20)
    shared = replace(settings, data=data, passes=tmp_path / "passes", count=1)
    run_bench(shared)
    asking.asked.clear()
    run_bench(replace(shared, experiment="recovery", out=tmp_path / "recovery"))
    assert asking.asked == []
    run_bench(replace(shared, experiment="removal", out=tmp_path / "removal"))
    assert 0 < len(asking.asked) <= 3 * 3  # no more than each method's removals, where they are not among the passes


def test_methods_that_choose_masks_of_their_own_may_pay_for_them(asking, settings, tmp_path):
    own = replace(settings, methods=("smt", "banzhaf-1"), budgets=(80,), count=1, own_passes=True)
    smt, banzhaf = run_bench(own).lines
    assert None not in (smt["r2"], banzhaf["r2"])
    assert len(asking.asked) == len(set(asking.asked))
    assert 80 < len(asking.asked) <= 160
    asked = len(asking.asked)
    assert run_bench(own).lines == (smt, banzhaf)
    assert len(asking.asked) == asked
    with pytest.raises(InputError, match="own-passes was true"):
        run_bench(replace(own, own_passes=False))


def test_recovery_finds_the_marked_sentences_and_removal_moves_the_model(asking, settings, tmp_path):
    lines = run_bench(replace(settings, experiment="recovery", count=1, out=tmp_path / "recovery")).lines
    best = lines[-1]
    assert (best["budget"], best["order"], best["marked"], best["chance"]) == (80, 2, [1, 4], 0.25)
    assert [step["recovery"] for step in best["recovery"]][:2] == [1.0, 1.0]
    lines = run_bench(replace(settings, experiment="removal", count=1, out=tmp_path / "removal")).lines
    one, two = lines[-1]["removal"]  # 9 of 8 features cannot be removed
    assert (lines[-1]["full"], lines[-1]["empty"]) == (3.0 + 0.01 * 10, 0.0)
    assert one["features"] in ([1], [4])
    assert two["features"] == [1, 4]
    assert two["change"] == pytest.approx(-3.03)  # a paragraph's title goes with its first sentence
    assert two["normalised"] == two["share"] == pytest.approx(3.03 / 3.1)


def test_removal_is_what_brute_force_finds():
    rng = np.random.default_rng(3)
    terms = {support: float(rng.normal()) for size in range(4) for support in combinations(range(6), size)}
    spectrum = Spectrum.from_dict(6, terms)
    weights = rng.normal(size=6)

    def model(masks):
        return masks @ weights + 2.0

    found = removed(spectrum, (3, 1, 2, 8), model)
    full = float(model(np.ones((1, 6)))[0])
    assert [step["r"] for step in found["removal"]] == [1, 2, 3]
    for step in found["removal"]:
        masks = all_masks(6)[(~all_masks(6)).sum(axis=1) <= step["r"]]
        changes = spectrum.predict(masks) - spectrum.predict(np.ones((1, 6), dtype=bool))
        assert abs(step["predicted"]) == pytest.approx(np.abs(changes).max())
        assert step["change"] == pytest.approx(-weights[step["features"]].sum())
        assert step["normalised"] == pytest.approx(abs(step["change"] / full))
        assert step["share"] == pytest.approx(abs(step["change"] / weights.sum()))


def test_nothing_is_divided_by_zero():
    spectrum = Spectrum.from_dict(2, {(): 0.0, (0,): 1.0})
    found = removed(spectrum, (1,), lambda masks: np.zeros(len(masks)))
    assert (found["removal"][0]["normalised"], found["removal"][0]["share"]) == (None, None)


def test_recovery_is_the_formula_of_the_paper():
    spectrum = Spectrum.from_dict(5, {(): 9.0, (0,): 1.0, (1, 2): -3.0, (2, 3, 4): 2.0, (4,): 0.0})
    found = recovered(spectrum, (4, 1, 2), (1, 4), "Fourier")
    shares = [1 / 2, 1 / 3, 0.0, 0.0]
    assert found["top"] == [[[1, 2], -3.0], [[2, 3, 4], 2.0], [[0], 1.0]]
    assert [step["recovery"] for step in found["recovery"]] == pytest.approx([sum(shares[:r]) / r for r in (1, 2, 4)])
    assert [one.features for one in ranked(spectrum, "BV", 9)] == [(0,)]


def test_a_benchmark_that_is_stopped_keeps_what_it_paid_for_and_goes_on(asking, settings):
    asked = []
    whole = run_bench(replace(settings, out=settings.out.with_name("whole"))).lines
    asking.asked.clear()
    for stop_after in (2, 5, 9):
        result = run_bench(settings, should_stop=lambda most=stop_after: len(asking.asked) >= 16 * most)
        assert not result.complete
        asked.append(len(asking.asked))
    last = run_bench(settings)
    assert last.complete
    assert asked[0] == 32
    assert len(asking.asked) == len(set(asking.asked)) == 160
    assert _without_times(last.lines) == _without_times(whole)


def test_killed_at_any_point_it_pays_for_nothing_twice(asking, settings, tmp_path):
    whole = run_bench(settings)
    folder = tmp_path / "killed"
    code = "import sys; from tests.bench import test_run; test_run.die_on_the_way(*sys.argv[1:])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code, str(settings.data), str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    diary = (tmp_path / "killed" / "diary").read_text().splitlines()
    kills = diary.count("killed")
    assert kills == len(_POINTS)
    asked = Counter(line for line in diary if line.startswith("asked"))
    unacknowledged = sum(count - 1 for count in asked.values())
    assert unacknowledged <= 16 * sum(name == "model" for name, _ in _POINTS)  # the batch on its way was not paid for
    assert len(asked) == 160
    lines = [json.loads(line) for line in (folder / FILE).read_text().splitlines()][1:]
    assert _without_times(lines) == _without_times(whole.lines)
    assert not (folder / "in-use").exists()


_POINTS = (("model", 2), ("stored", 3), ("model", 6), ("torn", 1), ("written", 2))
"""Where the children are killed: before an answer, after a batch was stored, in the middle of a line, after one."""


def die_on_the_way(data, folder):
    """In another process: fork one child after another that is killed at its point, then one that ends."""
    from spex_core.bench import journal
    from spex_core.models import registry
    from spex_core.runs.store import run_store

    registry.backends()["asking"] = Asking
    out = Path(folder)
    out.mkdir()
    settings = BenchSettings("faithfulness", Path(data), out, "asking", methods=METHODS, budgets=(80, 40), rs=(1, 2, 9))

    def note(text):
        with (out / "diary").open("a") as diary:
            diary.write(text)

    def child(point):
        seen = Counter()

        def reach(name):
            seen[name] += 1
            if point == (name, seen[name]):
                note("killed\n")
                os.kill(os.getpid(), signal.SIGKILL)

        def on_batch(question, inputs):
            note("".join(f"asked {question}: {text!r}\n" for text in inputs))
            reach("model")

        Asking.on_batch = on_batch
        append, write = run_store.RunStore.append, journal.Journal._write

        def appended(self, *given):
            append(self, *given)
            reach("stored")

        def written(self, line):
            if point == ("torn", seen["torn"] + 1):
                with open(self.path, "ab") as file:
                    file.write(json.dumps(line).encode()[:-9])
            reach("torn")
            write(self, line)
            reach("written")

        run_store.RunStore.append, journal.Journal._write = appended, written
        run_bench(settings)

    run_bench(replace(settings, out=out.with_name("warm"), count=1))  # so that a child is a fork and nothing else
    for point in (*_POINTS, None):
        number = os.fork()
        if not number:
            try:
                child(point)
            except BaseException:
                import traceback

                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        status = os.waitpid(number, 0)[1]
        assert os.WIFSIGNALED(status) == (point is not None), (point, status)


def _without_times(lines):
    return [{name: value for name, value in line.items() if name != "seconds"} for line in lines]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"budgets": (40,)}, "budgets was [40, 80]"),
        ({"max_order": 3}, "max-order was 5"),
        ({"masking": "unk"}, 'masking was "removal"'),
        ({"experiment": "recovery"}, 'experiment was "faithfulness"'),
        ({"own_answer": True}, 'answer was "given"'),
        ({"options": {"question": "x y"}}, "options was {}"),
    ],
)
def test_other_settings_in_the_same_folder_are_refused(changes, words, asking, settings):
    run_bench(replace(settings, count=1, budgets=(80, 40)))
    asking.asked.clear()
    with pytest.raises(InputError) as refused:
        run_bench(replace(settings, count=1, **changes))
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert asking.asked == []


def test_what_cannot_be_asked_is_refused_before_anything_is_loaded(asking, settings, tmp_path):
    for changes, words in (
        ({"methods": ("banzaf",)}, "banzaf"),
        ({"model": "nothing"}, "'nothing' does not exist"),
        ({"model": "minilm-sentiment"}, "takes no question; for HotpotQA use"),
        ({"model": "scenes"}, "reads pictures"),
        ({"data": tmp_path / "no.csv"}, "cannot read"),
        ({"options": {"colour": "red"}}, "no option 'colour'"),
    ):
        with pytest.raises(InputError, match=words):
            run_bench(replace(settings, **changes))
    texts = _texts(settings, tmp_path, ["a b c"])
    with pytest.raises(InputError, match="marks no sentences"):
        run_bench(replace(texts, experiment="recovery"))
    with pytest.raises(InputError, match="needs question"):
        run_bench(replace(texts, options={}))
    assert asking.loaded == []


def test_the_users_question_and_answer_come_first(asking, settings, tmp_path):
    one = replace(settings, count=1, budgets=(40,), methods=("banzhaf-1",))
    run_bench(replace(one, options={"question": "{question}"}, own_answer=True, out=tmp_path / "a"))
    assert asking.loaded[-1] == ("S0x1. S0x4.", "")
    run_bench(replace(one, options={"question": "S0x2. S0x3.", "answer": "no"}, out=tmp_path / "b"))
    assert asking.loaded[-1] == ("S0x2. S0x3.", "no")


def test_texts_share_one_model_and_those_that_cannot_be_used_are_left_out(asking, settings, tmp_path):
    many = " ".join(f"a{k}" for k in range(40))
    settings = _texts(settings, tmp_path, ["a b c d", "one", "a b", many, " ".join(["x"] * 1100)])
    result = run_bench(replace(settings, budgets=(12, 8), methods=("banzhaf-1",)))
    assert len(asking.loaded) == 1
    assert {line["example"] for line in result.lines} == {"1", "4"}
    notes = "\n".join(result.notes)
    assert "texts from the column 'text'" in notes
    assert "1 left out: they do not have 2 to 1024 features" in notes
    assert "above the limit" in notes
    assert "3 (n=2, seed 0) left out: 4 passes are too few" in notes
    with pytest.raises(InputError, match="can be used: 3 "):
        run_bench(replace(settings, lengths=(2, 2), budgets=(12, 8), out=tmp_path / "none"))


def test_examples_are_the_first_of_each_length_group():
    examples = [Example(str(k), "w " * k) for k in (3, 9, 8, 15, 16, 10, 40, 0)]

    def cut(text):
        if not text:
            raise TextError("the text is empty")
        return len(text) // 2

    def chosen(**changes):
        settings = BenchSettings("faithfulness", Path("x"), Path("y"), "m", **changes)
        found, notes = choose(examples, settings, cut)
        return [n for _, n in found], notes

    assert chosen() == ([3, 9, 8, 15, 16, 10, 40], ("1 left out: the text is empty",))
    assert chosen(per_group=2)[0] == [3, 9, 8, 16, 40]
    assert chosen(per_group=1, lengths=(8, 31))[0] == [9, 16]
    assert chosen(count=3)[0] == [3, 9, 8]
    assert [group_of(n) for n in (1, 7, 8, 15, 16, 1024)] == [(1, 7), (1, 7), (8, 15), (8, 15), (16, 31), (1024, 2047)]


def test_progress_is_told_line_by_line(asking, settings, capsys):
    run_bench(replace(settings, count=1))
    said = capsys.readouterr().err.splitlines()
    assert any(line.startswith("1/1 'q0' n=8: 80/80 passes") for line in said)
    assert any("Banzhaf, order 1: R² " in line for line in said)
