"""Who a visitor is: the login where one is configured, else a secret that their browser keeps in a cookie.

The rest of the app knows a person by a digest of either, which is what stands in the store. The secret itself is in the
cookie and in this visitor's session; it is part of no address, log or file.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from functools import cache
from typing import Any

import streamlit as st

from spex_core.views.web import script

COOKIE = "spex_person"
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_KEY = "person_secret"  # session
_TAKEN = "person_secret_taken"  # session: whether it was taken over from another tab


def person() -> str:
    """A name for this visitor, the same in every tab of their browser or wherever they log in, that tells nothing of
    them and that nobody can guess."""
    login = logged_in_as()
    return _digest("login", login) if login else _digest("browser", _secret())


def login_configured() -> bool:
    """Whether Streamlit's own login is configured (`[auth]` in its secrets)."""
    return "is_logged_in" in st.user


def logged_in_as() -> str:
    """Issuer and subject of whoever is logged in, "" for nobody."""
    if not st.user.get("is_logged_in"):
        return ""
    who = st.user.get("sub") or st.user.get("email")
    return f"{st.user.get('iss', '')} {who}" if who else ""


def keep() -> None:
    """Let the browser keep the secret; to be drawn on every page until it brings it along."""
    if logged_in_as() or st.context.cookies.get(COOKIE) == _secret():
        return
    kept = _component()(key="identity", data=[COOKIE, _secret()], height=1, on_kept_change=_nothing).kept
    if isinstance(kept, str) and _SECRET.fullmatch(kept) and not st.session_state.get(_TAKEN):
        st.session_state[_KEY], st.session_state[_TAKEN] = kept, True
        st.rerun()


def _secret() -> str:
    if _KEY not in st.session_state:
        brought = st.context.cookies.get(COOKIE, "")
        st.session_state[_KEY] = brought if _SECRET.fullmatch(brought) else secrets.token_urlsafe(32)
    return str(st.session_state[_KEY])


def _digest(kind: str, secret: str) -> str:
    return hashlib.sha256(f"spex {kind} {secret}".encode()).hexdigest()


@cache
def _component() -> Any:
    return st.components.v2.component("spex_identity", js=script("identity.js"))


def _nothing() -> None:
    """Streamlit takes only triggers that have a callback."""
