"""HTTP under the client, against a socket that answers with given bytes."""

import asyncio
import gzip
import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager

import httpx2
import pytest

from spex_core.models.endpoint.wire.transport import Transport

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
PACKED = gzip.compress(b"{}")
ZIPPED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(PACKED), PACKED)
TO_THE_END = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}"
EARLY = b"HTTP/1.1 103 Early Hints\r\n\r\n" + PLAIN


class Scripted:
    """Answers the requests of each connection with its list of byte strings, then closes it."""

    def __init__(self, scripts, context=None):
        self.requests: list[list[bytes]] = []
        self._scripts, self._context = scripts, context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(10)
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        for script in self._scripts:
            connection, _ = self._socket.accept()
            try:
                with self._context.wrap_socket(connection, server_side=True) if self._context else connection as stream:
                    self.requests.append([])
                    for answer in script:
                        self.requests[-1].append(self._read(stream))
                        for piece in (answer[:9], answer[9:]):
                            stream.sendall(piece)
            except OSError:
                pass  # a client that gives up

    def _read(self, stream):
        data, wanted = b"", 0
        while not wanted or len(data) < wanted:
            received = stream.recv(65536)
            if not received:
                raise ConnectionError
            data += received
            head, end, _ = data.partition(b"\r\n\r\n")
            if end:
                wanted = len(head + end) + int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        return data[data.index(b"\r\n\r\n") + 4 :]

    def close(self):
        self._thread.join()
        self._socket.close()


@contextmanager
def scripted(*scripts, context=None):
    server = Scripted(scripts, context)
    try:
        yield server
    finally:
        server.close()


def _send(server, times=1, trusted=None, scheme="http", expiry=5.0, pause=0.02):
    async def work():
        transport = Transport(trusted or ssl.create_default_context(), expiry)
        async with httpx2.AsyncClient(transport=transport, timeout=2.0) as client:
            found = []
            for k in range(times):
                found.append(await client.post(f"{scheme}://localhost:{server.port}/v1", content=b"%d" % k * 100_000))
                await asyncio.sleep(pause)
            return [answer.content for answer in found]

    return asyncio.run(work())


@pytest.mark.parametrize("answer", [PLAIN, CHUNKED, ZIPPED, EARLY], ids=["plain", "chunked", "zipped", "early"])
def test_replies_of_every_form_are_read_on_one_connection(answer):
    with scripted([answer] * 3) as server:
        assert _send(server, 3) == [b"{}"] * 3
    assert server.requests == [[b"%d" % k * 100_000 for k in range(3)]]


@pytest.mark.parametrize("last", [TO_THE_END, PLAIN, PLAIN + b"HTTP/1.1 408 Too slow\r\n\r\n"])
def test_a_connection_that_the_server_has_done_with_is_not_used_again(last):
    with scripted([last], [PLAIN]) as server:
        assert _send(server, 2) == [b"{}"] * 2
    assert [len(requests) for requests in server.requests] == [1, 1]


def test_a_connection_that_was_idle_for_long_is_not_used_again():
    with scripted([PLAIN, PLAIN], [PLAIN]) as server:
        assert _send(server, 2, expiry=0.0) == [b"{}"] * 2
    assert [len(requests) for requests in server.requests[:2]] == [1, 1]


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", b"SSH-2.0-server\r\n\r\n"])
def test_half_an_answer_and_what_is_none_are_errors(answer):
    with scripted([answer]) as server, pytest.raises(httpx2.RemoteProtocolError):
        _send(server)


def test_a_server_that_is_not_there_is_an_error():
    with scripted() as server:
        pass
    with pytest.raises(httpx2.ConnectError):
        _send(server)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_certificates_are_checked(tmp_path):
    names = ["-keyout", tmp_path / "key", "-out", tmp_path / "certificate", "-subj", "/CN=localhost"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*made, *names], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
    trusted = ssl.create_default_context(cafile=tmp_path / "certificate")
    with scripted([PLAIN, PLAIN], context=context) as server:
        assert _send(server, 2, trusted, "https") == [b"{}"] * 2
    with scripted([PLAIN], context=context) as server, pytest.raises(httpx2.ConnectError, match="certificate"):
        _send(server, 1, scheme="https")
