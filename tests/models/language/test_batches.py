from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spex_core.models.language.batches import Limits, feeds, make_jobs, split

TOKENS = st.lists(st.integers(0, 3), min_size=1, max_size=5)
ROWS = st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=20), min_size=1, max_size=12)


def test_one_token_answers_need_the_prompt_alone():
    assert feeds([[5], [6]]) == [()]


def test_an_answer_that_begins_another_is_read_with_it():
    assert feeds([[1, 2, 3], [1, 9], [4, 5]]) == [(1, 2), (4,)]


@given(st.lists(TOKENS, min_size=1, max_size=6))
def test_every_answer_is_covered_by_one_feed_and_none_is_idle(answers):
    found = feeds(answers)
    starts = [tuple(answer[:-1]) for answer in answers]
    assert all(any(feed[: len(start)] == start for feed in found) for start in starts)
    assert set(found) <= set(starts)
    assert not any(a != b and a[: len(b)] == b for a in found for b in found)


@given(ROWS, st.lists(st.integers(0, 9), max_size=3), st.integers(0, 3), st.integers(1, 60), st.booleans())
def test_jobs_hold_every_prompt_once_within_the_limits(prompts, feed, skipped, tokens, keeps):
    limits = Limits(tokens, 4000, 2000)
    jobs = make_jobs(prompts, tuple(feed), skipped, limits, 10.0, 25, keeps)
    assert sorted(row for job in jobs for row in job.rows) == list(range(len(prompts)))
    for job in jobs:
        width = job.ids.shape[1]
        assert len(job.rows) == 1 or (
            job.ids.size <= tokens
            and len(job.rows) * (width + skipped) * 10 <= 4000
            and len(job.rows) * (len(feed) + 1 if keeps else width) * 25 * 4 <= 2000
        )
        for row, ids, length in zip(job.rows, job.ids, job.lengths, strict=True):
            assert ids[:length].tolist() == [*prompts[row][skipped:], *feed]
            assert not ids[length:].any()
    assert [len(prompts[row]) for job in jobs for row in job.rows] == sorted(map(len, prompts), reverse=True)


def test_halves_are_the_whole():
    (job,) = make_jobs([[1, 2, 3], [4, 5], [6]], (7,), 0, Limits(100, 1, 10**6), 0.0, 10, True)
    parts = split(job)
    assert [len(part.rows) for part in parts] == [1, 2]
    assert [row for part in parts for row in part.rows] == job.rows
    np.testing.assert_array_equal(np.concatenate([part.ids for part in parts]), job.ids)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=7), st.integers(40, 200))
def test_no_other_way_of_cutting_costs_less(lengths, tokens):
    lengths = sorted(lengths, reverse=True)

    def cost(ends):
        starts = (0, *ends[:-1])
        return sum((end - start) * lengths[start] + 40 for start, end in zip(starts, ends, strict=True))

    def fits(ends):
        starts = (0, *ends[:-1])
        return all((end - start) * lengths[start] <= tokens for start, end in zip(starts, ends, strict=True))

    n = len(lengths)
    inner = (part for k in range(n) for part in combinations(range(1, n), k))
    best = min(cost((*part, n)) for part in inner if fits((*part, n)))
    jobs = make_jobs([[0] * length for length in lengths], (), 0, Limits(tokens, 10**9, 10**9), 0.0, 10, True)
    assert cost(np.cumsum([len(job.rows) for job in jobs]).tolist()) == best
