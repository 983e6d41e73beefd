"""Owners of runs: a process that has ended is known to be gone, any other is not."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spex_core.runs.store.owners import is_gone, this_process
from tests.support.places import ROOT

CODE = "from spex_core.runs.store.owners import this_process; print(this_process(), flush=True); input()"


def _other():
    child = subprocess.Popen(
        [sys.executable, "-c", CODE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    return child, child.stdout.readline().strip()


def test_a_process_is_there_until_it_is_killed():
    assert this_process() == this_process()
    assert not is_gone(this_process())
    child, owner = _other()
    with child:
        assert owner != this_process()
        assert not is_gone(owner)
        os.kill(child.pid, signal.SIGKILL)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert is_gone(owner)  # dead, and not yet collected by its parent
    assert is_gone(owner)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="times of start are read from /proc")
def test_another_process_that_got_the_same_number_is_another_process():
    parts = this_process().split("|")
    assert parts[4]
    assert is_gone("|".join([*parts[:4], str(int(parts[4]) - 1)]))
    assert is_gone("|".join([parts[0], "an earlier boot", *parts[2:]]))


@pytest.mark.parametrize("owner", ["", "nobody", "a|b|c|d|e", "elsewhere|boot|space|1|1", "||||", "a|b|c|9|"])
def test_of_another_machine_nothing_is_known(owner):
    assert not is_gone(owner)


def test_a_child_of_a_fork_is_another_process():
    mine = this_process()
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.write(write, this_process().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 4096).decode() != mine
