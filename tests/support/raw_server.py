"""A server that says given bytes, whatever they are: for replies that no HTTP library would send."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

MOST_CONNECTIONS = 2000


class RawServer:
    """Answers each request with the pieces that `say` yields for it, given its number; stops when the client leaves.

    Attributes:
        port: on 127.0.0.1.
        bodies: of the requests, as they arrived.
        sent: bytes that went out.
        connections: that were opened.
        stopped: set when the server is to end; what waits in `say` waits for it.
    """

    def __init__(self, say: Callable[[int], Iterable[bytes | None]]) -> None:
        self.bodies: list[bytes] = []
        self.sent = self.connections = 0
        self.stopped = threading.Event()
        self._say = say
        self._guard = threading.Lock()
        self._open: list[socket.socket] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self.port = self._socket.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def _accept(self) -> None:
        while not self.stopped.is_set() and self.connections < MOST_CONNECTIONS:
            with suppress(TimeoutError):
                connection, _ = self._socket.accept()
                self.connections += 1
                self._open.append(connection)
                self._threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
                self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(OSError), connection, connection.makefile("rb") as stream:
            while not self.stopped.is_set():
                length = 0
                while line := stream.readline(65536).strip():
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                if not length:
                    return
                with self._guard:
                    number = len(self.bodies)
                    self.bodies.append(stream.read(length))
                for piece in self._say(number):
                    if piece is None:  # the end of the connection
                        return
                    connection.sendall(piece)
                    self.sent += len(piece)

    def close(self) -> None:
        self.stopped.set()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        self._socket.close()


@contextmanager
def saying(say: Callable[[int], Iterable[bytes | None]]) -> Iterator[RawServer]:
    """A server on a free port of this machine."""
    server = RawServer(say)
    try:
        yield server
    finally:
        server.close()


def whole(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """An HTTP response with a body of known length."""
    head = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(head).encode("latin-1") + body
