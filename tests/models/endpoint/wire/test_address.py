"""Where a key may go."""

import copy
import pickle

import pytest

from spex_core.errors import InputError
from spex_core.models.endpoint.wire.address import Address, Secret

KEY = "sk-test-0123456789abcdef"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.openai.com/v1",
        "ftp://host/v1",
        "file:///etc/passwd",
        "http://",
        "https:///v1",
        "https://host:port/v1",
        "https://[::1/v1",
        "https://ho st/v1",
        "http://2130706433/v1",
        "http://0x7f.0.0.0x1/v1",
        "http://169.254.169.254/latest",
        "http://[fe80::1]/v1",
        "http://[::ffff:169.254.169.254]/v1",
        "http://224.0.0.1/v1",
    ],
)
def test_what_is_no_server_is_refused(url):
    with pytest.raises(InputError, match="url"):
        Address.read(url)


@pytest.mark.parametrize(
    "url",
    [f"https://user:{KEY}@host/v1", f"https://{KEY}@host/v1", f"https://host/v1?key={KEY}", f"https://host/v1#{KEY}"],
)
def test_credentials_in_a_url_are_refused_and_not_repeated(url):
    with pytest.raises(InputError, match="only there") as caught:
        Address.read(url)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "near", "loopback"),
    [
        ("http://localhost:8000/v1/", True, True),
        ("http://127.0.0.1:8000/v1", True, True),
        ("http://[::1]:8000/v1", True, True),
        ("http://0.0.0.0:8000/v1", True, True),
        ("http://192.168.0.7/v1", True, False),
        ("http://10.1.2.3/v1", True, False),
        ("http://vllm:8000/v1", True, False),
        ("http://gpu.local/v1", True, False),
        ("http://example.com/v1", False, False),
        ("http://8.8.8.8/v1", False, False),
        ("http://localhost.example.com/v1", False, False),
        ("http://127.0.0.1.example.com/v1", False, False),
    ],
)
def test_a_key_travels_over_http_only_nearby(url, near, loopback):
    address = Address.read(url)
    assert (address.near, address.loopback) == (near, loopback)
    assert not address.url.endswith("/")
    if near:
        assert address.choose_key(KEY).reveal() == KEY
    else:
        with pytest.raises(InputError, match="unencrypted") as caught:
            address.choose_key(KEY)
        assert KEY not in str(caught.value)
    assert not address.choose_key("")


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "schlüssel", "tab\tbed", "\x7f"])
def test_what_no_header_can_hold_is_refused_and_not_repeated(key):
    with pytest.raises(InputError, match="printable ASCII") as caught:
        Address.read("https://example.com").choose_key(key)
    assert key not in str(caught.value)


def test_the_key_of_the_environment_goes_to_its_own_server_only(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    ours = Address.read("https://api.openai.com/v1")
    assert ours.is_openai
    assert ours.choose_key("").reveal() == KEY
    assert ours.choose_key("other-key").reveal() == "other-key"
    for url in ("https://example.com/v1", "https://api.openai.com.example.com/v1", "http://localhost:8000/v1"):
        assert not Address.read(url).choose_key("")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:8000/v1/")
    assert Address.read("http://localhost:8000/v1").choose_key("").reveal() == KEY
    assert not Address.read("http://localhost:8001/v1").choose_key("")


def test_openai_without_a_key_is_refused():
    with pytest.raises(InputError, match="OPENAI_API_KEY"):
        Address.read("https://api.openai.com/v1").choose_key(" ")


def test_a_secret_shows_itself_nowhere():
    secret = Secret(KEY)
    assert KEY not in f"{secret!r} {secret} {[secret]} { ({'key': secret}) }"
    assert secret.hide(f"a {KEY} b {KEY}") == "a [key] b [key]"
    assert Secret("a/b+c==").hide("x a%2Fb%2Bc%3D%3D") == "x [key]"
    assert Secret("x").hide("axe") == "axe"  # a placeholder
    assert Secret().hide("text") == "text"
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(secret)
    with pytest.raises(TypeError, match="not pickled"):
        copy.deepcopy(secret)
