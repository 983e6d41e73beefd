"""A host has one spelling: what is judged of an address is what the client reads in it."""

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spex_core.errors import InputError
from spex_core.models.endpoint.wire import hosts
from spex_core.models.endpoint.wire.address import Address

KEY = "sk-test-0123456789abcdef"
FUZZ = settings(max_examples=400, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True)
def _no_name_server(monkeypatch):
    monkeypatch.setattr(hosts, "look_up", lambda _: ())
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


LINK_LOCAL = [
    "169.254.169.254",
    "169。254。169。254",
    "169．254．169．254",
    "169｡254｡169｡254",
    "１６９.２５４.１６９.２５４",
    "①⑥⑨.②⑤④.①⑥⑨.②⑤④",
    "𝟏𝟔𝟗.254.169.254",
    "169.254.169.254.",
    "169.254.169.254。",
    "2852039166",
    "２８５２０３９１６６",
    "0xa9fea9fe",
    "0XA9FEA9FE",
    "025177524776",
    "0251.0376.0251.0376",
    "0xa9.0xfe.0xa9.0xfe",
    "169.254.43518",
    "169.16689662",
    "169.254.169.0xfe",
    "00169.254.169.254",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[0:0:0:0:0:FFFF:A9FE:A9FE]",
    "[::169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b::169.254.169.254]",
    "[64:ff9b:1::a9fe:a9fe]",
    "[64:ff9b:1:a9fe:a9:fe00::]",
    "[2002:a9fe:a9fe::1]",
    "[2001:0:a9fe:a9fe::1]",
    "[2001:0:4136:e378:8000:63bf:5601:5601]",
    "[2001:db8::5efe:169.254.169.254]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[fd00:ec2::254]",
    "[fd00:ec2::23]",
    "[fd20:ce::254]",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "169.254.170.2",
    "[ff02::1]",
    "224.0.0.1",
    "255.255.255.255",
    "metadata",
    "metadata.google.internal",
    "METADATA.google.internal.",
    "ｍetadata.google.internal",
    "metadata。google。internal",
    "metadata.goog",
    "instance-data",
    "instance-data.ec2.internal",
]


@pytest.mark.parametrize("host", LINK_LOCAL)
@pytest.mark.parametrize("form", ["http://{}/", "https://{}/v1", "http://{}:8000/v1"])
def test_what_holds_a_machines_own_secrets_is_refused_however_it_is_written(host, form):
    with pytest.raises(InputError, match="url"):
        Address.read(form.format(host))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1\\@evil.example/",
        "http://evil.example\\.local/",
        "http://evil.example%2elocal/",
        "http://evil.example%00.local/",
        "http://evil\u0000.local/",
        "http://evil.example\u200b/",
        "http://evil.example\t.local/",
        "http://[::1].evil.example/",
        "http://[::1]evil.example/",
        "http://[::1%25lo]/",
        "http://127.0.0.1:80:80/",
        "http://127.0.0.1:٨٠/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:65536/",
        "http://127.0.0.1:99999999/",
        "http:127.0.0.1/",
        "http:/127.0.0.1/",
        "http:///127.0.0.1/",
        "http://.local/",
        "http://evil..local/",
        "http://-evil.local/",
        "http://evil.local../",
        "http://١٢٧.0.0.1.٣/",
        "http://" + "a" * 64 + ".local/",
        "http://" + "a." * 130 + "local/",
        "http://ev il.local/",
        "http://evil,local/",
        "http://a\uff0fb/",
        "http://a\uff1a80/",
        "http://a\uff03b/",
        "http://a\uff1fb/",
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(url):
    with pytest.raises(InputError):
        Address.read(url)


@pytest.mark.parametrize(
    "url", [f"http://{KEY}\uff20evil.example/", f"http://a:{KEY}@evil.example", f"http://a@{KEY}/"]
)
def test_credentials_are_refused_in_any_digits_and_not_repeated(url):
    with pytest.raises(InputError, match="only there") as caught:
        Address.read(url)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "spelled", "near"),
    [
        ("http://evil。example/", "http://evil.example", False),
        ("http://ｅvil．example/v1/", "http://evil.example/v1", False),
        ("HTTP://EVIL.Example:8000/V1", "http://evil.example:8000/V1", False),
        ("https://MÜNCHEN.example/", "https://xn--mnchen-3ya.example", False),
        ("http://faß.local/", "http://xn--fa-hia.local", True),
        ("http://LOCALHOST.:8000/v1", "http://localhost:8000/v1", True),
        ("http://ℓocalhost/", "http://localhost", True),
        ("http://１２７.0.0.1:08000/v1", "http://127.0.0.1:8000/v1", True),
        ("http://[0:0:0:0:0:0:0:1]/v1", "http://[::1]/v1", True),
        ("http://[::FFFF:127.0.0.1]/v1", "http://[::ffff:7f00:1]/v1", True),
        ("http://[::ffff:8.8.8.8]/v1", "http://[::ffff:808:808]/v1", False),
        ("http://[64:ff9b::808:808]/v1", "http://[64:ff9b::808:808]/v1", False),
        ("http://[fd12:3456::1]/v1", "http://[fd12:3456::1]/v1", True),
        ("http://vllm_1:8000/v1", "http://vllm_1:8000/v1", True),
        ("http://gpu-2.lan/api/v1", "http://gpu-2.lan/api/v1", True),
        ("http://localhost/modèle/v1", "http://localhost/mod%C3%A8le/v1", True),
        ("https://api.openai.com/v1", "https://api.openai.com/v1", False),
    ],
)
def test_a_host_has_one_spelling_and_is_judged_by_it(url, spelled, near):
    address = Address.read(url)
    assert (address.url, address.near) == (spelled, near)
    assert httpx2.URL(address.url).raw_host.decode() == address.host
    if not near and spelled.startswith("http://"):
        with pytest.raises(InputError, match="unencrypted"):
            address.choose_key(KEY)


SCHEMES_AND_HOSTS = "http:// https:// HTTP:// 127.0.0.1 localhost a.example [::1] [fd00::1] 169.254.169.254 :8000 0x7f"
MARKS = "/v1 / // @ \\ % %2e 。 ． \uff0f \uff20 \uff1a 1 １ ① ß ℓ . : \u00ad \u200d \u202e xn-- - _ [ ] ? # é 😀 \x00"
PIECES = st.sampled_from([*SCHEMES_AND_HOSTS.split(" "), *MARKS.split(" "), "\t"])


@FUZZ
@given(st.sampled_from(["http://", "https://", ""]), st.lists(PIECES, max_size=6) | st.lists(st.text(max_size=4)))
def test_any_text_is_refused_or_means_the_same_to_the_client(scheme, pieces):
    address = None
    try:
        address = Address.read(scheme + "".join(pieces))
    except InputError:
        return
    assert address.url.isascii()
    url = httpx2.URL(address.url)
    assert url.raw_host.decode("ascii") == address.host
    assert url.userinfo == b""
    assert not url.query
    assert Address.read(address.url) == address


def test_the_environments_key_belongs_to_one_spelling_of_its_server(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "HTTP://LocalHost:8000/v1/")
    assert Address.read("http://localhost:8000/v1").choose_key("").reveal() == KEY
    assert Address.read("https://API.openai.com./v1").is_openai
    for url in (
        "https://api.openai.com.evil.example/v1",
        "https://api。openai.com.evil.example",
        "https://xapi.openai.com",
    ):
        assert not Address.read(url).is_openai
        assert not Address.read(url).choose_key("")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://[nonsense")
    assert not Address.read("http://localhost:8000/v1").choose_key("")
