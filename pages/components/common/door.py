"""Who may come in: where others can reach the app, whoever is logged in or has given the token of the host.

The token is the one in SPEX_TOKEN, or one that is made once and shown in the terminal that the app was started from;
where there is no terminal either, nobody comes in, and the page says what to set. It stands in no address, log or file.
"""

from __future__ import annotations

import hashlib
import secrets
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

import streamlit as st

from pages.components.common import identity
from pages.components.common.markup import draw, say, sentence, tag
from spex_core import deployment
from spex_core.errors import InputError

PAGE = "DEPLOYMENT.md"
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")
_MOST_TRIES, _TRIES_SECONDS = 10, 60.0
_STAYS_SECONDS = 12 * 3600.0  # since the last visit
_MOST_KNOWN = 10_000
_WRONG = "door_wrong"  # session: what came of the last try
_FIELD = "door_token"


class Door:
    """Who has given the token, and how often it was tried in vain; one per process.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._inside: OrderedDict[tuple[str, bytes], float] = OrderedDict()
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()

    def lets(self, person: str, token: str) -> bool:
        """Whether this person gave this token, and was here not too long ago."""
        key, now = (person, _digest(token)), self._clock()
        with self._guard:
            if now - self._inside.get(key, -_STAYS_SECONDS) >= _STAYS_SECONDS:
                return False
            self._inside[key] = now
            self._inside.move_to_end(key)
            return True

    def knock(self, person: str, given: str, token: str, where: str) -> str:
        """Try to come in; why not, or "".

        Args:
            person: who.
            given: what they gave.
            token: the right one.
            where: whom tries are counted for: the network address, "" where it is not known.
        """
        now = self._clock()
        with self._guard:
            tries = self._tries.setdefault(where, deque())
            self._tries.move_to_end(where)
            while tries and now - tries[0] >= _TRIES_SECONDS:
                tries.popleft()
            if len(tries) >= _MOST_TRIES:
                return "That was tried too often. Try again in a minute."
            if not secrets.compare_digest(_digest(given.strip()), _digest(token)):
                tries.append(now)
                _shorten(self._tries)
                return "That is not the token."
            self._inside[person, _digest(token)] = now
            _shorten(self._inside)
            return ""


def arrive() -> None:
    """Take note of where the app listens and of how this visitor came; first of all in every run of the script."""
    came_through = any(name in st.context.headers for name in _FORWARDED)
    deployment.listens(st.get_option("server.address"), came_through or identity.login_configured())


def let_in() -> bool:
    """Whether the visitor may see pages; draws what they can do where they may not."""
    try:
        now = deployment.current()
        if now.shared or now.owners:
            identity.keep()
        if identity.login_configured() and not identity.logged_in_as():
            _ask_to_log_in()
            return False
        token = _token(now)
    except InputError as error:
        _sign("This app is not set up yet", f"{sentence(error)} {PAGE} says more.")
        return False
    if not token or door().lets(identity.person(), token):
        return True
    _ask_for_token(token, made=not now.token)
    return False


@st.cache_resource(show_spinner=False)
def door() -> Door:
    """The one door of this process."""
    return Door()


def _token(now: deployment.Deployment) -> str:
    """What this visitor must have given, "" for nothing.

    Raises:
        InputError: a token is needed and there is none.
    """
    if now.token:
        return "" if now.token == deployment.NO_TOKEN else now.token
    if not now.shared or identity.login_configured():
        return ""
    made = _made_token()
    if not made:
        raise InputError(
            "others can reach this app, so it needs a token: whoever runs it sets SPEX_TOKEN, or a login, and starts "
            "it again"
        )
    return made


@st.cache_resource(show_spinner=False)
def _made_token() -> str:
    """A token for this process, shown where it was started; "" where that is no terminal but a log, say."""
    if not sys.stderr.isatty():
        return ""
    made = secrets.token_urlsafe(24)
    print(f"\n  Token for visitors of this app, until it stops: {made}\n", file=sys.stderr, flush=True)
    return made


def _ask_for_token(token: str, made: bool) -> None:
    where = "It is shown in the terminal in which the app was started." if made else "Whoever runs the app has it."
    _sign("This app asks for a token", where)
    with st.form("door", border=False, width=360):
        st.text_input("Token", type="password", key=_FIELD, autocomplete="current-password")
        st.form_submit_button("Go in", type="primary", on_click=_knock, args=(token,))
    if st.session_state.get(_WRONG):
        say(st.session_state[_WRONG], "error")


def _knock(token: str) -> None:
    given, st.session_state[_FIELD] = str(st.session_state[_FIELD]), ""
    st.session_state[_WRONG] = door().knock(identity.person(), given, token, str(st.context.ip_address or ""))


def _ask_to_log_in() -> None:
    _sign("Log in to use this app", "You are led to the page of whoever keeps your account, and back.")
    auth = st.secrets["auth"]
    if "client_id" in auth:
        st.button("Log in", type="primary", key="login", on_click=st.login)
    for name in (name for name in auth if hasattr(auth[name], "keys")):
        st.button(f"Log in with {name}", key=f"login_{name}", on_click=st.login, args=(name,))


def _sign(title: str, text: str) -> None:
    draw(tag("h1", title, class_="spex-title"))
    say(text)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _shorten(table: OrderedDict[object, object]) -> None:
    while len(table) > _MOST_KNOWN:
        table.popitem(last=False)
