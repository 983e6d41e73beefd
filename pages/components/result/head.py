"""The heading of a result: what was asked of which model about what, when, and where it came from."""

from __future__ import annotations

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

import streamlit as st

from pages.components.common.markup import Markup, draw, tag
from spex_core.explanation.result import Explanation
from spex_core.views.heading import heading


def result_head(explanation: Explanation, origin: Markup | None = None, made: float | None = None) -> None:
    """Draw the heading.

    Args:
        explanation: the result.
        origin: where it came from, for runs that were not made here.
        made: when it was asked for, in seconds since the epoch; None where that is not known.
    """
    head = heading(explanation)
    when = () if made is None else (when_made(made, _zone()),)
    facts = " · ".join((head.asked, *head.facts, *when))
    title = (tag("h2", tag("bdi", head.title), class_="spex-title"),) if head.title else ()
    draw(tag("header", *title, tag("p", facts, class_="spex-say spex-hint"), origin or Markup(), class_="spex-head"))


def when_made(seconds: float, zone: tzinfo | None) -> str:
    """ "30 November 2026, 21:04", in the visitor's own time where it is known."""
    moment = datetime.fromtimestamp(seconds).astimezone() if zone is None else datetime.fromtimestamp(seconds, zone)
    return f"{moment.day} {moment:%B %Y, %H:%M}"


def _zone() -> tzinfo | None:
    name = st.context.timezone
    try:
        return ZoneInfo(name) if name else None
    except (OSError, ValueError):  # a browser may name one that is not known here
        return None
