"""Calls to the test server through the client, and what must hold of every failure."""

import traceback

import pytest

from spex_core.errors import EndpointError
from spex_core.models.endpoint.wire.address import Address, Secret
from spex_core.models.endpoint.wire.client import Call, Endpoint, Patience

KEY = "sk-test-0123456789abcdef"
QUICK = Patience(silence=2.0, call=10.0, batch=20.0, retries=2)


def endpoint_of(server, patience=QUICK, concurrency=4, key=KEY):
    return Endpoint(Address.read(server.url), Secret(key), concurrency, patience)


def calls(count=1):
    return [
        Call("chat/completions", {"model": "tiny", "messages": [{"role": "user", "content": f"film {k}"}]})
        for k in range(count)
    ]


def read(position, answer):
    return position, answer["usage"]["prompt_tokens"]


def fails(endpoint, count=1):
    with pytest.raises(EndpointError) as caught:
        endpoint.ask(calls(count), read)
    error = caught.value
    told = "".join(traceback.format_exception(error))
    assert KEY not in told
    while error is not None:  # nothing that holds the request hangs on it
        assert type(error).__module__.startswith("spex_core")
        error = error.__cause__ or error.__context__
    return caught.value
