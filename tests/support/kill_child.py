"""A process that works on a run at a paid server, for others to kill: one warm process forks it.

Started as a program: it reads one JSON object a line, `{"folder": ..., "request": options of the run, "run": its id or
""}`; answers with the child's number, and once the child has ended with its wait status. SIGTERM and Ctrl+C end the
child as they end the app: the process leaves as usual, and on the way out the manager is closed.
"""

import atexit
import gc
import json
import os
import signal
import sys

from spex_core.estimation.registry import estimators
from spex_core.models import registry
from spex_core.models.base import ModelSpec
from spex_core.runs.manager import RunManager
from spex_core.runs.requests import TextRequest
from spex_core.runs.store.run_store import RunStore


def request_of(url, text, budget, concurrency, **options):
    """A run of a text at a server."""
    given = {"url": url, "model": "tiny", "question": "True or False?", "answer": "True", "mode": "chat"}
    model = ModelSpec("openai", {**given, "concurrency": str(concurrency), **options})
    return TextRequest(text=text, model=model, budget=budget, estimator="banzhaf", masking="unk")


def child(folder, request, run):
    """Work on the run until it is over, or this process is told to end."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    manager = RunManager(RunStore(folder))
    atexit.register(manager.close)
    found = manager.resume(run) if run else manager.start(request_of(**request))
    while not found.wait(1.0):
        pass
    if found.state != "done":
        print(found.state, found.error, file=sys.stderr)


def fork(folder, request, run):
    """Number of a child."""
    number = os.fork()
    if number:
        return number
    os.close(0)
    os.dup2(2, 1)
    status = 0
    try:
        child(folder, request, run)
    except SystemExit:
        pass
    except BaseException:
        import traceback

        traceback.print_exc()
        status = 1
    atexit._run_exitfuncs()  # what a process that was not forked does by itself
    os._exit(status)


def _warm():
    import httpx2  # noqa: F401
    import icu4py.breakers
    import icu4py.locale  # noqa: F401
    import openai
    import sqlalchemy.dialects.sqlite  # noqa: F401
    import threadpoolctl  # noqa: F401
    from openai.resources.chat.completions import AsyncCompletions  # noqa: F401

    import spex_core.models.endpoint.wire.transport
    import spex_core.runs.store.database
    import spex_core.runs.store.queries  # noqa: F401

    openai.AsyncOpenAI(api_key="none")
    registry.backends()
    estimators()
    gc.freeze()


if __name__ == "__main__":
    _warm()
    for line in sys.stdin:
        number = fork(**json.loads(line))
        print(number, flush=True)
        print(os.waitpid(number, 0)[1], flush=True)
