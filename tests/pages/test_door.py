"""Who sees a page: everybody on this machine; where others can reach the app, who has the token or is logged in."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.common import door, identity, session
from pages.components.common.door import Door
from spex_core import deployment
from tests.support.deployments import deployed
from tests.support.places import ROOT

APP = str(ROOT / "app.py")
TOKEN = "a token of the tests"
SECRETS = ("a" * 43, "b" * 43)


@pytest.fixture(autouse=True)
def _a_new_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(session, "saved_run", lambda page: None)
    for kept in (door.door, door._made_token):
        kept.clear()
    yield
    for kept in (door.door, door._made_token):
        kept.clear()


def _open(secret: str = SECRETS[0]) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    app.switch_page("pages/learn.py")
    app.session_state["person_secret"] = secret
    app.run()
    assert not app.exception
    return app


def _html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def _is_in(app: AppTest) -> bool:
    return 'id="learn-' in _html(app)  # an article of the Learn page


def _give(app: AppTest, token: str) -> AppTest:
    app.text_input("door_token").set_value(token)
    app.button[0].click().run()
    assert not app.exception
    return app


def test_on_this_machine_alone_nobody_is_asked() -> None:
    with deployed("localhost"):
        app = _open()
        assert _is_in(app)
        assert [field.key for field in app.text_input] == ["learn_search"]
        assert not [each for each in app.get("bidi_component") if each.proto.component_name == "spex_identity"]


def test_elsewhere_nothing_is_shown_before_the_token_is_given() -> None:
    with deployed("0.0.0.0", SPEX_TOKEN=TOKEN):
        app = _open()
        assert not _is_in(app)
        assert "This app asks for a token" in _html(app)
        assert [each for each in app.get("bidi_component") if each.proto.component_name == "spex_identity"]
        assert "That is not the token." in _html(_give(app, "another token of tests"))
        assert app.text_input("door_token").value == ""
        assert not _is_in(app)
        assert _is_in(_give(app, f" {TOKEN} "))
        assert _is_in(_open())  # after a reload
        assert not _is_in(_open(SECRETS[1]))
    with deployed("0.0.0.0", SPEX_TOKEN=f"{TOKEN}!"):
        assert not _is_in(_open())  # it was given for another token


def test_without_a_token_one_is_made_and_shown_in_the_terminal(capsys, monkeypatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with deployed("0.0.0.0"):
        app = _open()
        made = capsys.readouterr().err.split()[-1]
        assert len(made) >= 32
        assert "in the terminal in which the app was started" in _html(app)
        assert made not in _html(app)
        assert _is_in(_give(app, made))
        _open(SECRETS[1])
        assert made not in capsys.readouterr().err  # once


def test_without_a_token_and_a_terminal_nobody_comes_in_and_the_page_says_why(capsys, monkeypatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: False, raising=False)
    with deployed("0.0.0.0"):
        app = _open()
        assert not _is_in(app)
        assert "whoever runs it sets SPEX_TOKEN, or a login" in _html(app)
        assert not app.text_input
    with deployed("0.0.0.0", SPEX_TOKEN="none"):
        assert _is_in(_open())
    with deployed("localhost", SPEX_OWNERS="what"):
        assert "SPEX_OWNERS is neither 1 nor 0" in _html(_open())
    assert capsys.readouterr() == ("", "")


def test_where_a_login_is_configured_it_is_asked_for(monkeypatch) -> None:
    people = {"who": ""}
    monkeypatch.setattr(identity, "login_configured", lambda: True)
    monkeypatch.setattr(identity, "logged_in_as", lambda: people["who"])
    monkeypatch.setattr("streamlit.secrets", {"auth": {"redirect_uri": "x", "client_id": "y", "google": {}}})
    with deployed("localhost"):
        app = _open()
        assert deployment.current().owners
        assert not _is_in(app)
        assert [button.label for button in app.button] == ["Log in", "Log in with google"]
        people["who"] = "https://accounts.example 17"
        assert _is_in(_open())
    with deployed("localhost", SPEX_TOKEN=TOKEN):
        assert not _is_in(_open())  # both, where both are set


def test_a_person_is_a_digest_of_their_secret_or_login(monkeypatch) -> None:
    page = SimpleNamespace(session_state={}, user={"is_logged_in": False}, context=SimpleNamespace())
    page.context.cookies = {identity.COOKIE: SECRETS[0]}
    monkeypatch.setattr(identity, "st", page)
    first = identity.person()
    assert len(first) == 64
    assert SECRETS[0] not in first
    assert identity.person() == first
    page.session_state = {}
    page.context.cookies = {identity.COOKIE: "not; one of ours"}
    assert identity.person() not in (first, "")
    page.user = {"is_logged_in": True, "iss": "https://a.example", "sub": "17"}
    assert identity.logged_in_as() == "https://a.example 17"
    login = identity.person()
    page.session_state = {}
    assert identity.person() == login  # in any browser


def test_tries_are_counted_for_each_address_and_forgotten() -> None:
    now = [0.0]
    door = Door(lambda: now[0])
    for _ in range(10):
        assert door.knock("eve", "wrong", TOKEN, "10.0.0.9") == "That is not the token."
    assert door.knock("eve", TOKEN, TOKEN, "10.0.0.9").startswith("That was tried too often")
    assert not door.lets("eve", TOKEN)
    assert door.knock("ann", TOKEN, TOKEN, "10.0.0.1") == ""
    now[0] = 61.0
    assert door.knock("eve", TOKEN, TOKEN, "10.0.0.9") == ""


def test_who_stays_away_for_long_is_asked_again() -> None:
    now = [0.0]
    door = Door(lambda: now[0])
    assert not door.lets("ann", TOKEN)
    door.knock("ann", TOKEN, TOKEN, "")
    for now[0] in (11 * 3600.0, 22 * 3600.0):  # each visit counts from the one before
        assert door.lets("ann", TOKEN)
    now[0] += 12 * 3600.0
    assert not door.lets("ann", TOKEN)
    assert not door.lets("ann", "another")


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip"])
def test_who_comes_through_a_proxy_makes_it_an_app_for_others(monkeypatch, header) -> None:
    page = SimpleNamespace(user={}, context=SimpleNamespace(headers={}), get_option=lambda _: "localhost")
    monkeypatch.setattr(door, "st", page)
    monkeypatch.setattr(identity, "st", page)
    with deployed("localhost"):
        door.arrive()
        assert not deployment.current().shared
        page.context.headers = {header: "203.0.113.7"}
        door.arrive()
        assert deployment.current().shared
    with deployed("localhost", SPEX_SHARED="0"):
        door.arrive()
        assert not deployment.current().shared


def test_the_form_says_which_servers_may_be_called() -> None:
    for settings, said in (({}, True), ({"SPEX_SERVERS": "any"}, False)):
        with deployed("0.0.0.0", SPEX_TOKEN="none", **settings):
            app = AppTest.from_file(APP, default_timeout=60)
            app.session_state["person_secret"] = SECRETS[0]
            app.session_state["form_model"] = "openai"
            app.session_state["form_option_openai_url"] = "http://10.0.0.5:9/v1"
            app.session_state["form_option_openai_key"] = "mine"
            app.session_state["form_text"] = "Not bad."
            app.run()
            assert not app.exception
            allowed = "Servers called from here: https://api.openai.com; whoever runs this app allows others"
            assert (allowed in _html(app)) == said
            assert ("10.0.0.5 is not among the servers allowed here" in _html(app)) == said
