"""Whatever a server sends in place of HTTP is an answer or one typed error."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spex_core.errors import EndpointError
from spex_core.models.endpoint.wire.address import Address, Secret
from spex_core.models.endpoint.wire.client import Call, Endpoint, Patience
from tests.support.raw_server import saying

STATUSES = (
    b"200 OK",
    b"199 x",
    b"204 x",
    b"304 x",
    b"101 x",
    b"999 x",
    b"099 x",
    b"600 x",
    b"4000 x",
    b"422 \xff",
    b"",
)
HEADS = [*(b"HTTP/1.1 " + status for status in STATUSES), b"HTTP/1.0 200 OK", b"HTTP/2 200", b"200"]
LENGTHS = [b"Content-Length: " + value for value in (b"2", b"02", b"-2", b"2, 3", b"9" * 30)]
CODINGS = [b"Transfer-Encoding: " + value for value in (b"chunked", b"gzip, chunked", b"x")]
WAITS = (b"nan", b"9" * 5000, b"Mon, 99 Foo 99999999999 99:99:99 +9999", b"-inf", b"1e400")
OTHERS = [
    b"Retry-After-Ms: -inf",
    b"x-should-retry: true",
    b"Content-Encoding: gzip",
    b"Content-Encoding: \xff",
    b"no colon",
]
OTHERS += [
    b" folded",
    b"A\x00: b",
    b"A: \x00",
    b": b",
    b"Set-Cookie: " + b"a" * 9000,
    b"Upgrade: h2c",
    b"Connection: close",
]
FIELDS = [*LENGTHS, *CODINGS, *(b"Retry-After: " + value for value in WAITS), *OTHERS]
BODIES = [b"", b"{}", b"{}{}", b"2\r\n{}\r\n0\r\n\r\n", b"f" * 20 + b"\r\n", b"-1\r\n", b"zz\r\n", b"0\r\nA: b\r\n\r\n"]


def test_any_http_is_an_answer_or_one_typed_error():
    said, kinds = [b""], set()

    def say(_):
        return [said[0], None]

    @settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(HEADS), st.lists(st.sampled_from(FIELDS), max_size=3), st.sampled_from(BODIES))
    def ask(head, fields, body):
        said[0] = b"\r\n".join([head, *fields, b"", body])
        endpoint = Endpoint(Address.read(server.url), Secret(""), 1, Patience(2, 5, 10, 0))
        try:
            endpoint.ask([Call("chat/completions", {"a": 1})], lambda _, answer: answer)
        except EndpointError as error:
            kinds.add(error.reason)

    with saying(say) as server:
        ask()
    assert {"connection", "refused", "malformed", "redirect"} <= kinds
