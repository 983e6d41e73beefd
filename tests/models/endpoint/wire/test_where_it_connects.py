"""What was checked is what is connected to: one spelling of a host, its addresses judged, and no other used."""

import asyncio
import shutil
import socket
import ssl
import subprocess
import time

import httpx2
import pytest

from spex_core.errors import EndpointError, InputError
from spex_core.models.endpoint.wire import hosts
from spex_core.models.endpoint.wire.address import Address, Secret
from spex_core.models.endpoint.wire.client import Call, Endpoint, Patience
from spex_core.models.endpoint.wire.transport import Transport
from tests.support.raw_server import saying, whole

KEY = "sk-test-0123456789abcdef"
CALL = Call("chat/completions", {"a": 1})
QUICK = Patience(2, 5, 10, 2)
PUBLIC, PRIVATE = "93.184.216.34", "10.1.2.3"


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch):
    monkeypatch.setattr(hosts, "_looked_up", {})
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def names(monkeypatch):
    """A name server: what each name stands for, the next answer for each question where it is a list of lists."""
    known: dict[str, list] = {}
    asked: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host, port, *args, **options):
        if host not in known:
            if host in ("127.0.0.1", "::1", None):
                return real(host, port, *args, **options)
            raise socket.gaierror(socket.EAI_NONAME, "unknown name")
        asked.append(host)
        answer = known[host]
        if isinstance(answer[0], list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in answer]
        return [
            (family, socket.SOCK_STREAM, 6, "", (address, port or 0, *((0, 0) if family == socket.AF_INET6 else ())))
            for family, address in zip(families, answer, strict=True)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    known["asked"] = asked
    return known


@pytest.fixture
def reached(monkeypatch):
    """Hosts that connections were opened to."""
    found: list[str] = []
    real = asyncio.BaseEventLoop.create_connection

    async def create_connection(self, factory, host=None, port=None, **options):
        found.append(host)
        return await real(self, factory, host, port, **options)

    monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", create_connection)
    return found


def _ask(url, key=""):
    endpoint = Endpoint(Address.read(url), Secret(key), 2, QUICK)
    return endpoint.ask([CALL], lambda _, answer: answer)[0]


def _fails(url, key=""):
    with pytest.raises(EndpointError) as caught:
        _ask(url, key)
    assert KEY not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    "found",
    [
        ["169.254.169.254"],
        ["fd00:ec2::254"],
        ["64:ff9b::a9fe:a9fe"],
        ["fe80::1%2"],
        ["127.0.0.1", "169.254.169.254"],
        ["::ffff:169.254.169.254"],
        ["100.100.100.200"],
    ],
)
@pytest.mark.parametrize("host", ["vllm", "models.example", "gpu.local"])
def test_a_name_that_stands_for_such_an_address_is_refused(names, reached, found, host):
    names[host] = found
    error = _fails(f"http://{host}:8000/v1")
    assert error.reason == "connection"
    assert f"http://{host}:8000/v1 stands for" in str(error)
    assert reached == []
    with pytest.raises(InputError, match="no address of a model server"):
        Address.read(f"http://{host}:8000/v1").choose_key(KEY)


def test_a_name_is_looked_up_once_per_connection_and_that_address_is_connected_to(names, reached):
    with saying(lambda _: [whole(b"{}", "200 OK", "Connection: close")]) as server:
        names["models.example"] = [["127.0.0.1"], ["127.0.0.1"], ["169.254.169.254"]]
        url = f"http://models.example:{server.port}/v1"
        endpoint = Endpoint(Address.read(url), Secret(""), 1, QUICK)
        for _ in range(2):
            endpoint.ask([CALL], lambda _, answer: answer)
        assert reached == ["127.0.0.1"] * 2
        assert names["asked"] == ["models.example"] * 2
        with pytest.raises(EndpointError, match=r"stands for 169\.254\.169\.254"):
            endpoint.ask([CALL], lambda _, answer: answer)
        assert reached == ["127.0.0.1"] * 2


def test_a_key_goes_over_http_to_private_addresses_only_whatever_the_name(names, reached):
    names["vllm"] = [PUBLIC]
    names["models.example"] = [PRIVATE]
    with pytest.raises(InputError, match="unencrypted"):
        Address.read("http://vllm:8000/v1").choose_key(KEY)
    assert Address.read("http://models.example/v1").choose_key(KEY).reveal() == KEY
    assert Address.read("https://vllm:8000/v1").choose_key(KEY).reveal() == KEY
    error = _fails("http://vllm:8000/v1", KEY)
    assert "the key would travel unencrypted" in str(error)
    assert reached == []


def test_a_name_that_moves_after_the_form_was_filled_in_gets_no_key(names, reached):
    with saying(lambda _: [whole(b"{}")]) as server:
        names["vllm"] = [["127.0.0.1"], [PUBLIC]]
        address = Address.read(f"http://vllm:{server.port}/v1")
        key = address.choose_key(KEY)
        with pytest.raises(EndpointError, match="unencrypted"):
            Endpoint(address, key, 1, QUICK).ask([CALL], lambda _, answer: answer)
        assert reached == []
        names["vllm"] = [[PUBLIC, "127.0.0.1"]]  # a machine's public address beside its private one
        assert Endpoint(address, key, 1, QUICK).ask([CALL], lambda _, answer: answer) == [{}]
        assert reached == ["127.0.0.1"]


def test_localhost_is_this_machine_whatever_a_name_server_says(names, reached):
    names["localhost"] = [PUBLIC]
    names["models.localhost"] = [PRIVATE]
    for host in ("localhost", "models.localhost"):
        assert "not this machine" in str(_fails(f"http://{host}:8000/v1", KEY))
    assert reached == []
    with saying(lambda _: [whole(b"{}")]) as server:
        names["localhost"] = ["::1", "127.0.0.1"]
        assert _ask(f"http://localhost:{server.port}/v1", KEY) == {}
        assert set(reached) == {"::1", "127.0.0.1"}


def test_the_next_address_is_tried(names, reached):
    with saying(lambda _: [whole(b"{}")]) as server:
        names["models.example"] = ["127.0.0.2", "::1", "127.0.0.1"]
        assert _ask(f"http://models.example:{server.port}/v1") == {}
    assert "127.0.0.1" in reached


def test_servers_of_this_machine_and_of_private_networks_stay_usable(names):
    with saying(lambda _: [whole(b"{}")]) as server:
        names["gpu.lan"] = ["127.0.0.1"]
        names["models.example"] = ["127.0.0.1"]
        for host in ("127.0.0.1", "0.0.0.0", "[::ffff:127.0.0.1]", "gpu.lan", "models.example"):
            url = f"http://{host}:{server.port}/v1"
            assert Address.read(url).choose_key(KEY)
            assert _ask(url, KEY) == {}
    for url in ("http://10.0.0.1:8000/v1", "http://192.168.1.20/v1", "http://172.16.0.9/v1", "http://[fd12::1]/v1"):
        assert Address.read(url).choose_key(KEY)


def test_a_name_that_nobody_knows_is_a_connection_error(names, reached):
    error = _fails("http://models.example/v1")
    assert error.reason == "connection"
    assert reached == []


def test_a_name_server_that_keeps_silent_holds_nobody_up(monkeypatch):
    monkeypatch.setattr(hosts, "_LOOK_UP_SECONDS", 0.1)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(1) or [])
    began = time.monotonic()
    for _ in range(20):
        assert Address.read("http://vllm:8000/v1").choose_key(KEY)
        with pytest.raises(InputError, match="unencrypted"):
            Address.read("http://models.example/v1").choose_key(KEY)
    assert time.monotonic() - began < 0.9
    for k in range(100):
        hosts._looked_up[f"name{k}"] = (0.0, ())
    hosts.look_up("another")
    assert len(hosts._looked_up) <= 64


def test_through_a_proxy_names_that_are_known_here_are_judged_too(names, monkeypatch):
    with saying(lambda _: [whole(b'{"a": 1}')]) as server:
        monkeypatch.setenv("http_proxy", server.url)
        monkeypatch.setenv("no_proxy", "")
        names["evil.example"] = ["169.254.169.254"]
        assert "stands for 169.254.169.254" in str(_fails("http://evil.example/v1"))
        assert server.bodies == []
        assert _ask("http://known-to-the-proxy.example/v1") == {"a": 1}


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_the_certificate_must_hold_the_name_not_the_address(tmp_path, names):
    certificate, key = tmp_path / "certificate", tmp_path / "key"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-addext", "subjectAltName=DNS:models.example"]
    made += ["-subj", "/CN=models.example", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    trusted = ssl.create_default_context(cafile=certificate)
    for host in ("models.example", "other.example"):
        names[host] = ["127.0.0.1"]

    async def work():
        async def serve(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(whole(b"{}"))
            await writer.drain()

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        for host in ("models.example", "other.example", "127.0.0.1"):  # a transport serves one host
            async with httpx2.AsyncClient(transport=Transport(trusted, 5.0), timeout=3.0) as client:
                if host == "models.example":
                    assert (await client.get(f"https://{host}:{port}/")).content == b"{}"
                    continue
                with pytest.raises(httpx2.ConnectError, match="certificate"):
                    await client.get(f"https://{host}:{port}/")
        server.close()

    asyncio.run(work())
