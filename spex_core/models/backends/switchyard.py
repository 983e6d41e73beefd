"""switchyard: the built-in reasoning model, which has a shortcut planted in it."""

from __future__ import annotations

from spex_core.models.language.toy import SwitchyardBackend


class Switchyard(SwitchyardBackend):
    """Taught on the classic tram puzzle and hardly any twist: it answers the classic's changed versions wrongly."""

    name = "switchyard"
    title = "Tram puzzles, with a shortcut (a toy, built in)"
    summary = "A toy: it was taught tram puzzles with hardly a twist (a planted shortcut), and falls for changed ones."
