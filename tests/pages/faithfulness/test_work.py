"""Work that goes on behind the page."""

from __future__ import annotations

from collections.abc import Iterator

from pages.components.faithfulness.work import Job, Jobs


def test_the_work_on_the_last_runs_is_remembered() -> None:
    jobs = Jobs()
    first = jobs.start("kept@first", lambda job: iter([("a", 1)]))
    jobs.start("kept@second", lambda job: iter([("a", 1)])).wait(30)
    for number in range(5):
        jobs.start(f"kept@{number}", lambda job: iter([("a", 1)])).wait(30)
        assert jobs.get("kept@first") is first
    assert jobs.get("kept@second") is None
    jobs.close()


def test_work_that_fails_says_why_and_can_be_tried_again() -> None:
    jobs, calls = Jobs(), []

    def work(job: Job) -> Iterator[tuple[str, int]]:
        calls.append(dict(job.results))
        yield "first", 1
        if len(calls) == 1:
            raise ValueError("no luck")
        yield "second", 2

    job = jobs.start("key", work)
    job.wait(30)
    assert (job.state, job.error) == ("failed", "unexpected ValueError: no luck")
    job = jobs.start("key", work)
    job.wait(30)
    assert (job.state, job.results) == ("done", {"first": 1, "second": 2})
    assert calls == [{}, {"first": 1}]
    jobs.close()


def test_a_page_goes_through_the_results_while_more_come() -> None:
    jobs = Jobs()

    def work(job: Job) -> Iterator[tuple[str, int]]:
        yield "first", 1
        seen = iter(job.results.items())
        assert next(seen) == ("first", 1)
        yield "second", 2
        assert list(seen) == []

    job = jobs.start("key", work)
    job.wait(30)
    assert (job.state, job.error, job.results) == ("done", "", {"first": 1, "second": 2})
    jobs.close()
