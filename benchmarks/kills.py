"""Runs killed at random moments while they ask a paid server: how many calls are made again.

Run from the repository root: `python benchmarks/kills.py`, or with `--app` the real app, driven in a Chromium. The
server is the tests' own, on loopback; it counts. Every second kill is SIGKILL, the others SIGTERM; after each another
process goes on with the run, until it is done. A call counts as made again where its request was seen before in the
same run; the short trial by which each process finds out what the server can do is left out.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from spex_core.runs.ledger import Ledger
from spex_core.runs.run import Run
from spex_core.runs.store.owners import this_process
from spex_core.runs.store.run_store import RunStore
from tests.support.endpoint_server import Server, serving
from tests.support.kill_child import request_of
from tests.support.kills import Kill, Till, killed, nursery
from tests.support.places import ROOT

BUDGET = 600


def main() -> None:
    """Kill, count, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--app", action="store_true", help="kill the app instead of a process with a manager")
    parser.add_argument("--runs", type=int, help="default 10, of the app 2")
    parser.add_argument("--kills", type=int, default=5, help="per run")
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--delay", type=float, default=0.05, help="seconds per call")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    draw, kills, calls, done = random.Random(options.seed), [], 0, 0
    runs = options.runs or (2 if options.app else 10)
    with serving() as server, nursery() as children, tempfile.TemporaryDirectory() as home:
        server.behaviour.delay = options.delay
        for number in range(runs):
            text = " ".join(f"word{number}x{k}" for k in range(30))
            request = {"url": server.url, "text": text, "budget": BUDGET, "concurrency": options.concurrency}
            ways = ["KILL" if (number + k) % 2 else "TERM" for k in range(options.kills)]
            folder, till = Path(home) / str(number), Till(server)
            if options.app:
                kills += killed_app(server, folder, request, ways, draw)
            else:
                kills += killed(server, children, folder, request, ways, draw)
            calls += len(till.bodies())
            store = RunStore(folder / "state" if options.app else folder)
            done += [record.evaluations for record in store.list()] == [BUDGET]
            store.close()
    print(
        f"{runs} runs of {BUDGET} passes, {options.concurrency} calls at once, {options.delay * 1e3:.0f} ms a call, "
        f"killed {'the app' if options.app else 'a process with a manager'}; {done} of {runs} runs done in the end"
    )
    print("| killed by | kills | calls before a kill | made again | most after one kill | allowed |")
    print("|---|---|---|---|---|---|")
    for how in ("KILL", "TERM"):
        some = [kill for kill in kills if kill.how == how]
        print(_row(f"SIG{how}", some, sum(kill.calls for kill in some), options.concurrency))
    print(_row("all", kills, calls, options.concurrency).replace("| all |", "| all, to the end |"))


def _row(name: str, kills: list[Kill], calls: int, at_once: int) -> str:
    again = [kill.again for kill in kills]
    return f"| {name} | {len(kills)} | {calls:,} | {sum(again)} | {max(again, default=0)} | {at_once} |"


def killed_app(
    server: Server, home: Path, request: dict[str, object], ways: list[str], draw: random.Random
) -> list[Kill]:
    """As `kills.killed`, with the real app: in each life somebody opens the run's address and presses Resume."""
    from playwright.sync_api import sync_playwright

    home.mkdir()
    ledger = Ledger(RunStore(home / "state"))
    ledger.open(Run("killed", request_of(**request)))  # type: ignore[arg-type]  # plain JSON values
    ledger.store.release(lambda owner: owner == this_process())
    ledger.store.close()
    till, ends, share = Till(server), [0], BUDGET // (len(ways) + 1)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        for how in [*ways, ""]:
            with app(home) as (process, address):
                page = browser.new_page()
                page.goto(f"{address}/?run=killed")
                page.get_by_role("button", name="Resume").click(timeout=120_000)
                if how:
                    goal = ends[-1] + draw.randint(1, share)
                    assert till.wait(goal, lambda process=process: process.poll() is not None)
                    time.sleep(draw.random() * 2 * server.behaviour.delay)
                    process.send_signal(getattr(signal, f"SIG{how}"))
                    process.wait(60)
                    ends.append(len(till.bodies()))
                else:
                    page.locator(".st-key-result-killed").wait_for(timeout=120_000)
                page.close()
        browser.close()
    return till.kills(ends, ways)


@contextmanager
def app(home: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The app in a process of its own, with its address."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "SPEX_EXPLORER_HOME": str(home / "state"), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)]
    command += ["--server.headless", "true", "--browser.gatherUsageStats", "false"]
    with open(home / "server.log", "a", encoding="utf-8") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            for _ in range(1200):
                with socket.socket() as probe:
                    if not probe.connect_ex(("localhost", port)):
                        break
                time.sleep(0.1)
            yield process, f"http://localhost:{port}"
        finally:
            process.kill()
            process.wait(60)


if __name__ == "__main__":
    main()
