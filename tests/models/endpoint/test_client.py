"""The client against a server that misbehaves: what comes back, what is raised, what is left behind."""

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
import traceback

import pytest

from spex_core.errors import EndpointError
from spex_core.models.endpoint import line
from spex_core.models.endpoint.address import Address, Secret
from spex_core.models.endpoint.client import Call, Endpoint, Patience
from tests.support.endpoint_server import serving
from tests.support.waiting import until

KEY = "sk-test-0123456789abcdef"
QUICK = Patience(silence=2.0, call=10.0, batch=20.0, retries=2)


@pytest.fixture
def server():
    with serving() as running:
        yield running


def _endpoint(server, patience=QUICK, concurrency=4, key=KEY):
    return Endpoint(Address.read(server.url), Secret(key), concurrency, patience)


def _calls(count=1):
    return [
        Call("chat/completions", {"model": "tiny", "messages": [{"role": "user", "content": f"film {k}"}]})
        for k in range(count)
    ]


def _read(position, answer):
    return position, answer["usage"]["prompt_tokens"]


def _fails(endpoint, count=1):
    with pytest.raises(EndpointError) as caught:
        endpoint.ask(_calls(count), _read)
    error = caught.value
    told = "".join(traceback.format_exception(error))
    assert KEY not in told
    while error is not None:  # nothing that holds the request hangs on it
        assert type(error).__module__.startswith("spex_core")
        error = error.__cause__ or error.__context__
    return caught.value


def test_answers_come_in_order_and_no_more_are_open_than_allowed(server):
    server.behaviour.delay = 0.1
    assert [position for position, _ in _endpoint(server).ask(_calls(20), _read)] == list(range(20))
    assert server.most_open == 4
    assert len(server.seen) == 20
    assert _endpoint(server).ask([], _read) == []


def test_only_known_headers_leave_and_the_key_is_one_of_them(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment-key")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin-key")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-mine")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-of-mine")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer sk-custom\nX-Mine: private")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # must not be used for this machine
    _endpoint(server).ask(_calls(), _read)
    _endpoint(server, key="").ask(_calls(), _read)
    with_key, without = (seen.headers for seen in server.seen)
    assert with_key["Authorization"] == f"Bearer {KEY}"
    assert "authorization" not in {name.lower() for name in without}
    for headers in (with_key, without):
        text = str(headers)
        assert not [word for word in ("sk-env", "sk-admin", "sk-custom", "of-mine", "private") if word in text]


@pytest.mark.parametrize("fault", ["500", "503", "cut", "not json", "html", "array"])
def test_what_may_pass_is_tried_again(server, fault):
    server.behaviour.faults = [fault]
    assert _endpoint(server).ask(_calls(), _read)[0][0] == 0
    assert len(server.seen) == 2


def test_retry_after_is_honoured(server):
    server.behaviour.faults = ["429 1"]
    _endpoint(server).ask(_calls(), _read)
    first, second = (seen.time for seen in server.seen)
    assert second - first >= 1.0


@pytest.mark.parametrize(
    ("fault", "reason", "tries"),
    [
        ("401", "authentication", 1),
        ("403", "authentication", 1),
        ("404", "refused", 1),
        ("422", "refused", 1),
        ("429", "rate limit", 3),
        ("500", "server", 3),
        ("cut", "connection", 3),
        ("not json", "malformed", 2),
        ("html", "malformed", 2),
        ("array", "malformed", 2),
    ],
)
def test_each_lasting_fault_has_its_own_reason(server, fault, reason, tries):
    server.behaviour.always = fault
    error = _fails(_endpoint(server))
    assert error.reason == reason
    assert len(server.seen) == tries
    assert "127.0.0.1" in str(error) or reason == "malformed"
    if fault.isdigit():
        assert fault in str(error)
        assert error.said == "trouble Bearer [key]"


def test_a_long_retry_after_is_not_waited_for(server):
    server.behaviour.always = "429 3600"
    began = time.monotonic()
    assert _fails(_endpoint(server)).reason == "rate limit"
    assert time.monotonic() - began < 5


def test_silence_ends_at_its_limit(server):
    server.behaviour.always = "hang"
    began = time.monotonic()
    assert _fails(_endpoint(server, Patience(silence=0.3, call=5, batch=5, retries=1))).reason == "timeout"
    assert time.monotonic() - began < 4
    assert len(server.seen) == 2


def test_a_drip_of_bytes_ends_at_the_call_limit(server):
    server.behaviour.always = "drip"
    began = time.monotonic()
    assert _fails(_endpoint(server, Patience(silence=5, call=0.6, batch=5, retries=3))).reason == "timeout"
    assert time.monotonic() - began < 3


def test_a_slow_server_ends_at_the_batch_limit_and_keeps_what_came(server):
    server.behaviour.delay = 0.2
    kept = []
    endpoint = _endpoint(server, Patience(silence=5, call=5, batch=1.5, retries=0), concurrency=1)
    with pytest.raises(EndpointError, match="of 20 calls were not answered") as caught:
        endpoint.ask(_calls(20), _read, lambda position, value: kept.append(position))
    assert caught.value.reason == "timeout"
    assert kept == list(range(len(kept)))
    assert 1 <= len(kept) < 9


def test_a_failure_cancels_the_rest_and_keeps_what_came(server):
    server.behaviour.faults = ["", "", "401"]
    server.behaviour.delay = 0.05
    kept = []
    with pytest.raises(EndpointError):
        _endpoint(server, concurrency=1).ask(_calls(50), _read, lambda position, value: kept.append(position))
    assert kept == [0, 1]
    assert len(server.seen) <= 4


def test_nobody_listening_is_a_connection_error():
    with serving() as server:
        endpoint = _endpoint(server)
    error = _fails(endpoint)
    assert error.reason == "connection"
    assert "cannot be reached" in str(error)


def test_a_redirect_is_not_followed(server):
    with serving() as elsewhere:
        server.behaviour.always = "redirect"
        server.behaviour.elsewhere = elsewhere.url
        assert _fails(_endpoint(server)).reason == "redirect"
        assert elsewhere.seen == []
    assert len(server.seen) == 1


def test_it_works_from_a_thread_and_within_a_running_loop(server):
    found = []
    thread = threading.Thread(target=lambda: found.append(_endpoint(server).ask(_calls(3), _read)))
    thread.start()
    thread.join()

    async def notebook():
        return _endpoint(server).ask(_calls(3), _read)

    assert asyncio.run(notebook()) == found[0]
    server.behaviour.always = "401"

    async def failing():
        _fails(_endpoint(server))

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
    endpoint = _endpoint(server)
    before = _connections()
    endpoint.ask(_calls(8), _read)
    kept = _connections() - before
    assert len(kept) == 4
    for _ in range(3):
        endpoint.ask(_calls(8), _read)
        assert _connections() - before == kept
    server.behaviour.always = "401"
    _fails(endpoint)
    _gone(lambda: not kept & _connections())
    server.behaviour.always = ""
    assert len(endpoint.ask(_calls(8), _read)) == 8


def test_an_endpoint_that_is_gone_leaves_neither_thread_nor_connection_nor_key(server):
    threads, connections = _client_threads(), _connections()
    endpoint = _endpoint(server)
    endpoint.ask(_calls(8), _read)
    assert _client_threads() > threads
    key = endpoint._key
    del endpoint
    _gone(lambda: sys.getrefcount(key) == sys.getrefcount(Secret()) + 1)  # this test's own name for it
    _gone(lambda: _client_threads() <= threads and _connections() <= connections)


def test_an_endpoint_that_is_idle_holds_neither_thread_nor_connection(server, monkeypatch):
    monkeypatch.setattr(line, "IDLE", 0.3)
    threads, connections = _client_threads(), _connections()
    endpoint = _endpoint(server)
    for pause in (0.1, 0.1, 0.3):  # the last as it closes
        endpoint.ask(_calls(8), _read)
        time.sleep(pause)
    _gone(lambda: _client_threads() <= threads and _connections() <= connections)
    assert len(endpoint.ask(_calls(8), _read)) == 8


def test_several_threads_share_the_calls_that_may_be_open(server):
    server.behaviour.delay = 0.03
    endpoint, found = _endpoint(server), []
    threads = [threading.Thread(target=lambda: found.append(endpoint.ask(_calls(9), _read))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [found[0]] * 4
    assert server.most_open == 4


@pytest.mark.skipif(os.name == "nt", reason="needs signals that interrupt a wait")
def test_an_interrupt_ends_the_calls(server):
    server.behaviour.delay = 0.05
    endpoint, kept, threads = _endpoint(server, concurrency=1), [], _client_threads()

    def press() -> None:
        while not kept:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    control_c = threading.Thread(target=press, daemon=True)
    control_c.start()
    with pytest.raises(KeyboardInterrupt):
        endpoint.ask(_calls(50), _read, lambda position, value: kept.append(position))
    control_c.join()
    _gone(lambda: _client_threads() <= threads)
    time.sleep(0.2)  # the server reads what was sent before
    asked = len(server.seen)
    assert asked < 25
    time.sleep(0.2)
    assert len(server.seen) == asked
    assert len(endpoint.ask(_calls(3), _read)) == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # of Python 3.12: this process has threads
def test_a_forked_process_opens_its_own_line(server):
    endpoint = _endpoint(server)
    expected = endpoint.ask(_calls(3), _read)
    child = os.fork()
    if child == 0:
        os._exit(0 if endpoint.ask(_calls(3), _read) == expected else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert endpoint.ask(_calls(3), _read) == expected


def test_an_endpoint_is_not_pickled_and_a_copy_shares_its_line(server):
    endpoint = _endpoint(server)
    for copying in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="not pickled"):
            copying(endpoint)
    twin = copy.copy(endpoint)
    expected = endpoint.ask(_calls(3), _read)
    connections = _connections()
    del endpoint
    assert twin.ask(_calls(3), _read) == expected
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
    endpoint = _endpoint(server, Patience(silence=1.5, call=4, batch=8, retries=0))
    for fault in ("", "500", "cut", "hang", "not json"):
        server.behaviour.always = fault
        if fault:
            _fails(endpoint, 8)
        else:
            endpoint.ask(_calls(8), _read)
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
