"""Which architectures are scored right, and which are refused and why: batched against alone, small and random.

Run from the repository root: `python benchmarks/architectures.py [NAME ...]`. Every architecture is made anew with
random weights, as a sequence classifier and as a causal language model where transformers has the class, and saved in
folders that say other things of padding (the id that it was made with, none, -1, one that is a word; on the left, on
the right) and of labels (one, two, three; regression, one of many, each on its own). Each folder is loaded as a person
does it, several texts are scored together, and every score is compared with that of the text read alone by
transformers. A class that only sees what comes before takes the config that makes it so (is_decoder).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.architectures import ARCHITECTURES, Verdict, verdicts


def main() -> int:
    """Print a line per architecture and kind; 1 where one is scored otherwise than alone."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="default all")
    names = parser.parse_args().names or list(ARCHITECTURES)
    print(f"{'architecture':18} {'kind':11} {'class':40} folders  largest difference")
    wrong = 0
    for name in names:
        architecture = ARCHITECTURES[name]
        for kind, built in (("classifier", architecture.classifier), ("causal", architecture.causal)):
            if not built:
                print(f"{name:18} {kind:11} none")
                continue
            with tempfile.TemporaryDirectory() as folder:
                found = list(verdicts(name, kind, Path(folder)))
            wrong += sum(not each.right and not each.reason for each in found)
            print(f"{name:18} {kind:11} {built:40} {told(found)}", flush=True)
    return min(1, wrong)


def told(found: list[Verdict]) -> str:
    """What became of the folders of one architecture."""
    scored = [each.difference for each in found if each.difference is not None]
    right = sum(each.right for each in found)
    parts = [f"{right} of {len(found)}   {max(scored):.0e}"] if scored else []
    refused = {each.reason: each.folder for each in found if each.reason}
    return "; ".join([*parts, *(f"refused: {reason}" for reason in refused)])


if __name__ == "__main__":
    sys.exit(main())
