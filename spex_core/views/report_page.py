"""The page of a report: one HTML file with one script and its data, that opens from disk and fetches nothing.

Whatever a person or a model wrote is in one JSON block, in which no "<" is left, and reaches the page as text nodes
only; the content security policy allows that one script, by its digest, and nothing from outside.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from typing import Any

from spex_core.views.web import STYLES, script, style_sheet

_POLICY = (
    "default-src 'none'; script-src '{digest}'; style-src 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'"
)


def page(entry: str, data: dict[str, Any], *styles: str) -> str:
    """A report as HTML text.

    Args:
        entry: the script in `assets/web` that draws it, which finds the data in the element `report-data`.
        data: plain data.
        styles: style sheets in `assets/web` beside those of the explorer.
    """
    code, style = _code(entry, styles)
    digest = "sha256-" + base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY.format(digest=digest)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            '<meta name="color-scheme" content="light dark">',
            '<link rel="icon" href="data:,">',
            "<title>SPEX Explorer report</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            "<noscript><p>This report draws its pictures with JavaScript, which is switched off here.</p></noscript>",
            '<main id="report"></main>',
            f'<script type="application/json" id="report-data">{_inert(data)}</script>',
            f'<script type="module">{code}</script>',
            "</body>",
            "</html>",
            "",
        )
    )


@cache
def _code(entry: str, styles: tuple[str, ...]) -> tuple[str, str]:
    return script(entry), style_sheet(*STYLES, *styles, "report/report.css")


def _inert(data: dict[str, Any]) -> str:
    """JSON in ASCII that can end no element and start no comment (the HTML standard, 4.12.1.3)."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
