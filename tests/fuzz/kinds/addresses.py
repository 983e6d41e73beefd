"""Addresses of servers as a person writes them: what is approved is what the client connects to."""

import httpx2
from hypothesis import strategies as st

from spex_core.models.endpoint.wire.address import Address
from tests.fuzz.judge import Kind
from tests.fuzz.mutations import broken_bytes

SEEDS = tuple(
    text.encode()
    for text in (
        *(
            "http://localhost:8000/v1",
            "https://api.openai.com/v1/chat/completions",
            "http://[::1]:8080/v1",
            "http://[fe80::1]/",
        ),
        *(
            "http://169.254.169.254/v1",
            "http://169。254。169。254/",
            "http://0x7f.1/v1",
            "http://2130706433/",
            "http://bücher.example",
        ),
        *(
            "https://user:key@host/v1",
            "http://host/v1?key=x#y",
            "http://a\\b/",
            "http://ⓔxample.com:０80/v1",
            "http://10.0.0.7",
        ),
        *(
            "http://[::ffff:169.254.169.254]/",
            "http://[64:ff9b::a9fe:a9fe]:1",
            "HTTP://EXAMPLE.com./%2e%2e/v1",
            "http://a_b/v1",
        ),
    )
)
PIECES = st.sampled_from(
    (
        "http://",
        "https://",
        "@",
        ":",
        "/",
        "[",
        "]",
        "%",
        "。",
        "．",
        ".",
        "0x",
        "127.1",
        "\u200d",
        "ß",
        "٣",
        "\t",
        "\\",
    )
)


def inputs():
    joined = st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=8).map(
        lambda parts: "".join(parts).encode("utf-8", "replace")
    )
    return st.one_of(broken_bytes(SEEDS, 1), broken_bytes(SEEDS, 2), joined.map(lambda text: b"http://" + text), joined)


def attempt(data):
    """Read it; the client's own reading has the same host and port, and the spelling is final."""
    text = data.decode("utf-8", "replace")
    address = Address.read(text)
    assert Address.read(address.url) == address
    seen = httpx2.URL(f"{address.url}/models")
    assert seen.raw_host.decode("ascii") == address.host
    assert seen.scheme in ("http", "https")
    assert not seen.userinfo
    assert not seen.query
    assert address.url.isascii()


KIND = Kind("addresses", inputs, attempt, "txt", in_tests=300)
