"""The servers that a deployment allows, and whose key is sent: every use of an address is held to it."""

import pytest

from spex_core.errors import InputError
from spex_core.models.backends.openai import OpenAIEndpoint
from spex_core.models.endpoint.wire.address import OPENAI, Address
from tests.support.deployments import deployed

KEY = "sk-of-the-host-0123456789"


@pytest.fixture(autouse=True)
def _the_hosts_key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        ("any", "http://10.0.0.5:9/v1"),
        ("api.openai.com", "https://API.OpenAI.com:443/v1/"),
        ("gpu.lan:8000", "http://gpu.lan:8000/v1"),
        ("gpu.lan:8000", "https://gpu.lan:8000/v1"),
        ("http://gpu.lan", "http://gpu.lan:80/v1"),
        ("https://gate.example/openai/v1", "https://gate.example/openai/v1/chat/completions"),
        ("https://gate.example/openai", "https://gate.example/openai/v1"),
        ("other.example, [::1]:8000", "http://[0:0::1]:8000/v1"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
    ],
)
def test_what_is_allowed_is_read(allowed, url):
    with deployed("0.0.0.0", SPEX_SERVERS=allowed):
        assert Address.read(url)


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        ("none", OPENAI),
        ("", "http://localhost:8000/v1"),  # what is left out, where others can reach the app
        ("", "http://api.openai.com/v1"),
        ("", "https://api.openai.com.evil.example/v1"),
        ("", "https://api.openai.com:8443/v1"),
        ("api.openai.com", "https://eu.api.openai.com/v1"),
        ("gpu.lan", "http://gpu.lan:22/v1"),
        ("https://gpu.lan", "http://gpu.lan/v1"),
        ("https://gate.example/openai", "https://gate.example/openai2/v1"),
        ("https://gate.example/openai", "https://gate.example/openai/../admin"),
        ("https://gate.example/openai", "https://gate.example/openai/%2e%2E/admin"),
        ("https://gate.example/openai", "https://gate.example/"),
    ],
)
def test_what_is_not_allowed_is_refused_in_words_by_every_use(allowed, url):
    with deployed("0.0.0.0", SPEX_SERVERS=allowed):
        with pytest.raises(InputError, match=r"is not among the servers allowed here; .*SPEX_SERVERS"):
            Address.read(url)
        options = {"url": url, "model": "m", "answer": "yes", "key": "mine"}
        with pytest.raises(InputError, match="not among the servers"):  # a run, a trial, an answer
            OpenAIEndpoint(**options)
        assert "not among the servers" in OpenAIEndpoint.forecast(options).problem  # what it would cost


def test_nobody_is_looked_up_before_the_setting_was_asked(monkeypatch):
    def never(*_, **__):
        raise AssertionError("looked up")

    monkeypatch.setattr("socket.getaddrinfo", never)
    with deployed("0.0.0.0"), pytest.raises(InputError, match="not among the servers"):
        OpenAIEndpoint(url="http://intranet:8000/v1", model="m", answer="yes", key="mine")


def test_a_setting_that_holds_no_address_says_so():
    with deployed("localhost", SPEX_SERVERS="http://"), pytest.raises(InputError, match="SPEX_SERVERS holds 'http://'"):
        Address.read(OPENAI)


def test_the_hosts_key_is_lent_to_nobody_unless_the_host_says_so():
    with deployed("localhost"):
        assert Address.read(OPENAI).choose_key("").reveal() == KEY
    with deployed("0.0.0.0"):
        with pytest.raises(InputError, match="fill in your own: the host lends none"):
            Address.read(OPENAI).choose_key("")
        assert Address.read(OPENAI).choose_key("mine").reveal() == "mine"
    with deployed("0.0.0.0", SPEX_SHARE_KEY="1"):
        assert Address.read(OPENAI).choose_key("").reveal() == KEY


@pytest.mark.parametrize(("lent", "key"), [("1", KEY), ("0", "")])
def test_the_key_of_another_server_is_lent_likewise(monkeypatch, lent, key):
    monkeypatch.setenv("OPENAI_BASE_URL", "https://gate.example/v1")
    with deployed("0.0.0.0", SPEX_SERVERS="gate.example", SPEX_SHARE_KEY=lent):
        assert Address.read("https://gate.example/v1").choose_key("").reveal() == key
