"""What the browser loads from `assets/web`: a script joined from its modules, and style sheets.

The scripts are ES modules that import each other, as editors, linters and `node --test` want them. The browser gets
one script, because nothing else is open to it: Streamlit takes a component's JavaScript as one string unless the app
is an installed package, and a report is one file that allows one script, by its digest. A bundler would be a build
step and a second copy of the code; `script` does the little of it that these modules need. Each module becomes a
function that is called once, after those it imports: its imports are constants in it, its exports what it returns,
and every other name stays its own. The order follows from the imports.
"""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import dirname, join, normpath

from spex_core.plugins import ASSETS

WEB = ASSETS / "web"

EXPLORER = "explorer/main.js"
REPORT = "report/report.js"
STYLES = (
    "common/base.css",
    "explorer/answer.css",
    "explorer/input.css",
    "explorer/patches.css",
    "explorer/segments.css",
    "explorer/pictures.css",
    "explorer/saving.css",
)

_IMPORT = re.compile(r'^import (?:\{(?P<names>[^}]*)\}|\* as (?P<whole>\w+)) from "(?P<path>\.[^"]*)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (?P<name>\w+))", re.MULTILINE)
_DEFAULT = re.compile(r"^export default ", re.MULTILINE)
_OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def style_sheet(*names: str) -> str:
    """Style sheets in this order, as one.

    Raises:
        OSError: the library was installed without its assets.
    """
    return "\n".join((WEB / name).read_text("utf-8") for name in names)


def script(entry: str, folder: Path = WEB) -> str:
    """A module and all that it imports, as one module with the default export of `entry`, if it has one.

    Args:
        entry: path of the module within `folder`.
        folder: where the modules are.

    Raises:
        OSError: the library was installed without its assets, or an imported module is not there.
        ValueError: imports go in a circle, or a module has an import or export of a kind that is not joined.
    """
    sources = modules(entry, folder)
    default = f"export default {_variable(entry)}.default;\n" if _DEFAULT.search(sources[entry]) else ""
    return "".join(_wrapped(name, source) for name, source in sources.items()) + default


def modules(entry: str, folder: Path = WEB) -> dict[str, str]:
    """Path and source of a module and all that it imports, each after those it imports itself."""
    found: dict[str, str] = {}
    _collect(entry, folder, (), found)
    return found


def _collect(name: str, folder: Path, above: tuple[str, ...], found: dict[str, str]) -> None:
    if name in above:
        raise ValueError(f"imports go in a circle: {', '.join((*above, name))}")
    if name in found:
        return
    source = (folder / name).read_text("utf-8")
    for match in _IMPORT.finditer(source):
        _collect(_target(name, match["path"]), folder, (*above, name), found)
    found[name] = source


def _wrapped(name: str, source: str) -> str:
    body = _IMPORT.sub(lambda match: _constant(name, match), source)
    exports = [match["name"] for match in _EXPORT.finditer(body)]
    body = _EXPORT.sub("", body)
    if _DEFAULT.search(body):
        exports.append("default: $default")
        body = _DEFAULT.sub("const $default = ", body)
    if other := _OTHER.search(body):
        raise ValueError(f"{name}: not a kind of import or export that is joined: {other[0]}")
    return f"const {_variable(name)} = (() => {{\n{body}\nreturn {{ {', '.join(exports)} }};\n}})();\n"


def _constant(name: str, match: re.Match[str]) -> str:
    names = match["whole"] or f"{{{match['names'].replace(' as ', ': ')}}}"
    return f"const {names} = {_variable(_target(name, match['path']))};"


def _target(name: str, path: str) -> str:
    return normpath(join(dirname(name), path))


def _variable(name: str) -> str:
    return "$" + re.sub(r"\W", "_", name.removesuffix(".js"))
