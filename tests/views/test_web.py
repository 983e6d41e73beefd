"""Joining modules: what a browser runs is what `node --test` and the linter read."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from spex_core.views.comparison_report import ENTRY as COMPARISON
from spex_core.views.web import EXPLORER, REPORT, STYLES, WEB, modules, script, style_sheet

ENTRIES = (
    EXPLORER,
    REPORT,
    COMPARISON,
    "compare/main.js",
    "runs/main.js",
    "faithfulness/marks.js",
    "welcome/main.js",
    "identity.js",
    "ticker.js",
)
NODE = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")


def _write(folder: Path, **sources: str) -> Path:
    for name, source in sources.items():
        file = folder / (name.replace("__", "/") + ".js")
        file.parent.mkdir(exist_ok=True)
        file.write_text(source, encoding="utf-8")
    return folder


def _printed(code: str) -> str:
    if NODE is None:
        pytest.skip("node is not installed")
    command = [NODE, "--input-type=module", "-"]
    return subprocess.run(command, input=code, capture_output=True, text=True, check=True, encoding="utf-8").stdout


def test_every_file_is_loaded_somewhere():
    used = {name for entry in ENTRIES for name in modules(entry)}
    assert used == {str(path.relative_to(WEB).as_posix()) for path in WEB.rglob("*.js")}


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_script_imports_nothing_and_is_one_module(entry):
    code = script(entry)
    assert not re.search(r"^import\b", code, re.MULTILINE)
    assert len(re.findall(r"^export\b", code, re.MULTILINE)) == (0 if entry in (REPORT, COMPARISON) else 1)


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_script_can_be_read_by_an_engine(entry, tmp_path):
    if NODE is None:
        pytest.skip("node is not installed")
    file = tmp_path / "script.mjs"
    file.write_text(script(entry), encoding="utf-8")
    subprocess.run([NODE, "--check", str(file)], check=True)


def test_modules_stand_after_what_they_import(tmp_path):
    _write(
        tmp_path,
        main='import { low } from "./deep/low.js";\nimport { side } from "./side.js";\nexport default low + side;\n',
        side='import { low } from "./deep/low.js";\nexport const side = low + 1;\n',
        deep__low="export const low = 1;\n",
    )
    assert list(modules("main.js", tmp_path)) == ["deep/low.js", "side.js", "main.js"]


def test_what_a_joined_script_does(tmp_path):
    _write(
        tmp_path,
        main="""\
import {
  Counter,
  later,
  twice as double,
} from "./deep/parts.js";
import * as Other from "./other.js";

const LIMIT = 3;

export default async function main() {
  const counter = new Counter();
  return [LIMIT, double(LIMIT), Other.limit(), Other.name, counter.next(), counter.next(), await later()].join(" ");
}
""",
        other="""\
import { twice } from "./deep/parts.js";

const LIMIT = 10;

export const name = "export const";
export const limit = () => twice(LIMIT);
""",
        deep__parts="""\
const LIMIT = 100;

let count = LIMIT;

export function twice(x) {
  return 2 * x;
}

export async function later() {
  return LIMIT;
}

export class Counter {
  next() {
    count += 1;
    return count;
  }
}
""",
    )
    code = script("main.js", tmp_path).replace("export default ", "const $main_default = ")
    assert _printed(f"{code}console.log(await $main_default());\n") == "3 6 20 export const 101 102 100\n"


def test_a_circle_is_named(tmp_path):
    _write(
        tmp_path,
        a='import { b } from "./b.js";\nexport const a = 1;\n',
        b='import { a } from "./a.js";\nexport const b = 1;\n',
    )
    with pytest.raises(ValueError, match=re.escape("in a circle: a.js, b.js, a.js")):
        script("a.js", tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        'import first from "./first.js";',
        'import "./first.js";',
        'import { first } from "elsewhere";',
        'export * from "./first.js";',
        'export { first } from "./first.js";',
        "export { first };",
        "export let count = 0;",
        "export const { first, second } = parts;",
    ],
)
def test_what_is_not_joined_is_named(tmp_path, line):
    _write(tmp_path, main=f"{line}\n", first="export const first = 1;\n")
    with pytest.raises(ValueError, match=re.escape(f"main.js: not a kind of import or export that is joined: {line}")):
        script("main.js", tmp_path)


def test_a_module_that_is_not_there(tmp_path):
    _write(tmp_path, main='import { first } from "./first.js";\n')
    with pytest.raises(OSError, match=re.escape("first.js")):
        script("main.js", tmp_path)


def test_style_sheets_keep_their_order():
    style = style_sheet(*STYLES)
    places = [style.index((WEB / name).read_text("utf-8")) for name in STYLES]
    assert places == sorted(places)


def test_style_sheets_are_all_used_and_their_lines_are_short():
    root = WEB.parents[1]
    code = [*root.glob("*.py"), *(root / "pages").rglob("*.py"), *(root / "spex_core" / "views").glob("*.py")]
    named = "".join(path.read_text("utf-8") for path in code)
    for path in WEB.rglob("*.css"):
        assert f'"{path.relative_to(WEB).as_posix()}"' in named
        assert max(map(len, path.read_text("utf-8").splitlines())) <= 120  # biome formats the JavaScript only
