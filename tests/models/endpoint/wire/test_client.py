"""The client against a server: what leaves and what comes back, what is shared, what is left behind."""

import asyncio
import contextlib
import copy
import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import pytest

from spex_core.models.endpoint.wire import line
from spex_core.models.endpoint.wire.address import Secret
from spex_core.models.endpoint.wire.client import Patience
from tests.support.endpoint_calls import KEY, calls, endpoint_of, fails, read
from tests.support.endpoint_server import serving
from tests.support.waiting import until


@pytest.fixture
def server():
    with serving() as running:
        yield running


def test_answers_come_in_order_and_no_more_are_open_than_allowed(server):
    server.behaviour.delay = 0.1
    assert [position for position, _ in endpoint_of(server).ask(calls(20), read)] == list(range(20))
    assert server.most_open == 4
    assert len(server.seen) == 20
    assert endpoint_of(server).ask([], read) == []


def test_only_known_headers_leave_and_the_key_is_one_of_them(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment-key")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin-key")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-mine")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-of-mine")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer sk-custom\nX-Mine: private")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # must not be used for this machine
    endpoint_of(server).ask(calls(), read)
    endpoint_of(server, key="").ask(calls(), read)
    with_key, without = (seen.headers for seen in server.seen)
    assert with_key["Authorization"] == f"Bearer {KEY}"
    assert "authorization" not in {name.lower() for name in without}
    for headers in (with_key, without):
        text = str(headers)
        assert not [word for word in ("sk-env", "sk-admin", "sk-custom", "of-mine", "private") if word in text]


def test_it_works_from_a_thread_and_within_a_running_loop(server):
    found = []
    thread = threading.Thread(target=lambda: found.append(endpoint_of(server).ask(calls(3), read)))
    thread.start()
    thread.join()

    async def notebook():
        return endpoint_of(server).ask(calls(3), read)

    assert asyncio.run(notebook()) == found[0]
    server.behaviour.always = "401"

    async def failing():
        fails(endpoint_of(server))

    asyncio.run(failing())


def _connections():
    """The server's threads: it has one per connection."""
    return {thread.ident for thread in threading.enumerate() if "process_request" in thread.name}


def _client_threads():
    return {thread for thread in threading.enumerate() if thread.name.startswith(("endpoint", "asyncio"))}


def _gone(condition):
    # A failure is in the frames of its own traceback, a client in its own parts.
    until(condition, 20, each_second=gc.collect)


def test_connections_are_kept_from_batch_to_batch_and_opened_anew_after_a_failure(server):
    server.behaviour.delay = 0.05
    endpoint = endpoint_of(server)
    before = _connections()
    endpoint.ask(calls(8), read)
    kept = _connections() - before
    assert len(kept) == 4
    for _ in range(3):
        endpoint.ask(calls(8), read)
        assert _connections() - before == kept
    server.behaviour.always = "401"
    fails(endpoint)
    _gone(lambda: not kept & _connections())
    server.behaviour.always = ""
    assert len(endpoint.ask(calls(8), read)) == 8


def test_an_endpoint_that_is_gone_leaves_neither_thread_nor_connection_nor_key(server):
    threads, connections = _client_threads(), _connections()
    endpoint = endpoint_of(server)
    endpoint.ask(calls(8), read)
    assert _client_threads() > threads
    key = endpoint._key
    del endpoint
    _gone(lambda: sys.getrefcount(key) == sys.getrefcount(Secret()) + 1)  # this test's own name for it
    _gone(lambda: _client_threads() <= threads and _connections() <= connections)


def test_an_endpoint_that_is_idle_holds_neither_thread_nor_connection(server, monkeypatch):
    monkeypatch.setattr(line, "IDLE", 0.3)
    threads, connections = _client_threads(), _connections()
    endpoint = endpoint_of(server)
    for pause in (0.1, 0.1, 0.3):  # the last as it closes
        endpoint.ask(calls(8), read)
        time.sleep(pause)
    _gone(lambda: _client_threads() <= threads and _connections() <= connections)
    assert len(endpoint.ask(calls(8), read)) == 8


def test_several_threads_share_the_calls_that_may_be_open(server):
    server.behaviour.delay = 0.03
    endpoint, found = endpoint_of(server), []
    threads = [threading.Thread(target=lambda: found.append(endpoint.ask(calls(9), read))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [found[0]] * 4
    assert server.most_open == 4


@pytest.mark.skipif(os.name == "nt", reason="needs signals that interrupt a wait")
def test_an_interrupt_ends_the_calls(server):
    server.behaviour.delay = 0.05
    endpoint, kept, threads = endpoint_of(server, concurrency=1), [], _client_threads()

    def press() -> None:
        while not kept:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    control_c = threading.Thread(target=press, daemon=True)
    control_c.start()
    with pytest.raises(KeyboardInterrupt):
        endpoint.ask(calls(50), read, lambda position, value: kept.append(position))
    control_c.join()
    _gone(lambda: _client_threads() <= threads)
    time.sleep(0.2)  # the server reads what was sent before
    asked = len(server.seen)
    assert asked < 25
    time.sleep(0.2)
    assert len(server.seen) == asked
    assert len(endpoint.ask(calls(3), read)) == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # of Python 3.12: this process has threads
def test_a_forked_process_opens_its_own_line(server):
    endpoint = endpoint_of(server)
    expected = endpoint.ask(calls(3), read)
    child = os.fork()
    if child == 0:
        os._exit(0 if endpoint.ask(calls(3), read) == expected else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert endpoint.ask(calls(3), read) == expected


def test_an_endpoint_is_not_pickled_and_a_copy_shares_its_line(server):
    endpoint = endpoint_of(server)
    for copying in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="not pickled"):
            copying(endpoint)
    twin = copy.copy(endpoint)
    expected = endpoint.ask(calls(3), read)
    connections = _connections()
    del endpoint
    assert twin.ask(calls(3), read) == expected
    assert _connections() <= connections


def test_a_process_ends_quietly_with_an_open_line(server):
    code = (
        "from spex_core.models.registry import load_backend;"
        f"b = load_backend('openai', url={server.url!r}, model='tiny', answer='True').settle('film');"
        "print(len(b.score(['a', 'b'])))"
    )
    done = subprocess.run([sys.executable, "-X", "dev", "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2\n", "")


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="open files are counted in /proc")
def test_no_fault_leaves_anything_open(server):
    threads, sockets = _client_threads(), _sockets()
    endpoint = endpoint_of(server, Patience(silence=1.5, call=4, batch=8, retries=0))
    for fault in ("", "500", "cut", "hang", "not json"):
        server.behaviour.always = fault
        if fault:
            fails(endpoint, 8)
        else:
            endpoint.ask(calls(8), read)
    server.released.set()
    del endpoint
    _gone(lambda: _client_threads() <= threads)
    _gone(lambda: _sockets() <= sockets)  # the server's own ends are closed by its threads


def _sockets():
    gc.collect()
    found = 0
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found += os.readlink(f"/proc/self/fd/{name}").startswith(("socket:", "anon_inode:[eventpoll]"))
    return found
