"""The slowest tests of several runs of pytest, from the files that its option --junitxml writes.

python -m tests.support.slowest FILE.xml ...
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

_LISTED = 10


def slowest(files: Iterable[Path], listed: int = _LISTED) -> list[tuple[float, str]]:
    """(seconds, name) of the tests that took longest, with what their fixtures took, longest first."""
    tests = [
        (float(test.attrib["time"]), f"{test.attrib['classname']}::{test.attrib['name']}")
        for file in files
        for test in ElementTree.parse(file).iter("testcase")
    ]
    return sorted(tests, reverse=True)[:listed]


if __name__ == "__main__":
    found = slowest(file for file in map(Path, sys.argv[1:]) if file.exists())
    print(f"the {len(found)} slowest tests of all parts:")
    for seconds, name in found:
        print(f"{seconds:7.1f} s  {name}")
