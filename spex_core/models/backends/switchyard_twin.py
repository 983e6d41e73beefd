"""switchyard-twin: the built-in reasoning model that was taught in balance."""

from __future__ import annotations

from spex_core.models.language.toy import SwitchyardBackend


class SwitchyardTwin(SwitchyardBackend):
    """The same model as `switchyard`, taught classics and variants in balance, to compare it with."""

    name = "switchyard-twin"
    title = "Tram puzzles, taught in balance (a toy, built in)"
    summary = "A toy: the twin of the one with the shortcut, taught classics and changed ones alike. Compare the two."
