import threading

import pytest

from spex_core.cpu import MAX_WORKERS, count_torch_workers, physical_cores, torch_workers


def test_hyper_threads_count_once(tmp_path, monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    block = "processor\t: {}\nphysical id\t: 0\ncore id\t\t: {}\nflags\t\t: fpu\n"
    info = tmp_path / "cpuinfo"
    info.write_text("\n".join(block.format(i, i % 2) for i in range(4)))
    assert physical_cores(info, tmp_path / "none") == 2


@pytest.mark.parametrize(("quota", "cores"), [("150000 100000", 1), ("300000 100000", 3), ("max 100000", 4), ("", 4)])
def test_a_container_quota_lowers_the_count(tmp_path, monkeypatch, quota, cores):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    path = tmp_path / "cpu.max"
    path.write_text(quota)
    assert physical_cores(tmp_path / "none", path) == cores


def test_workers_are_single_threaded_and_leave_torch_alone():
    import torch

    before = torch.get_num_threads()
    pool = torch_workers()
    assert pool is torch_workers()
    named = [thread for thread in threading.enumerate() if thread.name.startswith("torch")]
    assert 1 <= count_torch_workers() == len(named) <= MAX_WORKERS
    assert {pool.submit(torch.get_num_threads).result() for _ in range(8)} == {1}
    assert torch.get_num_threads() == before
    seen = []
    thread = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert seen == [before]
