"""The classes that a picture classifier knows, found by name, by part of a name, or in groups of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from spex_core.errors import InputError

MOST_LISTED = 8
_PARTS = re.compile(r", any \w+$|, | or ")


@dataclass(frozen=True)
class Target:
    """What of a classifier's output is explained.

    Attributes:
        name: of the class or group; `Classes.find` finds it again.
        members: positions of its classes, rising.
    """

    name: str
    members: tuple[int, ...]


class Classes:
    """Names of classes, and groups of them.

    Attributes:
        names: by what each class is called, in the order of the logits; no two are alike.
        known_as: all that each is called, its name first.
        groups: name -> positions of its classes.
    """

    def __init__(
        self, known_as: Sequence[Sequence[str]], groups: Mapping[str, tuple[int, ...]] | None = None, owner: str = ""
    ) -> None:
        """Take the names.

        Args:
            known_as: of each class, at least one name; a class whose name another has before it goes by number.
            groups: name -> positions; "dog, any breed" is found as "dog" too, "sheep or goat" as "goat".
            owner: what has these classes, for messages.
        """
        self.owner = owner or "this model"
        self.known_as = [tuple(names) for names in known_as]
        self.names: list[str] = []
        taken: set[str] = set()
        for position, names in enumerate(self.known_as):
            name = names[0] if names[0].strip() and names[0].lower() not in taken else str(position)
            self.names.append(name)
            taken.add(name.lower())
        self.groups = dict(groups or {})
        self._aliases = {part.lower(): name for name in self.groups for part in (*_PARTS.split(name), name) if part}

    def find(self, text: str) -> Target:
        """The class or group that a person means.

        In this order: a class's name, a group's, another name that only one class has, a part of the names of one
        class (whole words before others), a class's number.

        Raises:
            InputError: several are meant, which the message lists, or none, with the nearest names.
        """
        wanted = " ".join(text.split()).lower()
        named = {name.lower(): position for position, name in enumerate(self.names)}
        if wanted in named:
            return self.one(named[wanted])
        for alias in (wanted, wanted.removesuffix("s")):
            if alias in self._aliases:
                return self.group(self._aliases[alias])
        found = self.matches(wanted)
        if len(found) == 1:
            return self.one(found[0])
        if found:
            listed = ", ".join(self.names[position] for position in found[:MOST_LISTED])
            rest = f" and {len(found) - MOST_LISTED} more" if len(found) > MOST_LISTED else ""
            raise InputError(f"{text!r} is part of several names: {listed}{rest}; give one of them")
        if wanted.isdigit() and int(wanted) < len(self.names):
            return self.one(int(wanted))
        raise InputError(f"{self.owner} knows no {text!r}{self._nearest(wanted)}")

    def one(self, position: int) -> Target:
        """A single class."""
        return Target(self.names[position], (position,))

    def group(self, name: str) -> Target:
        """A group by its whole name."""
        return Target(name, self.groups[name])

    def matches(self, wanted: str) -> list[int]:
        """Positions of the classes of which `wanted`, in small letters, is a name; else a part: whole words, else any
        letters in a row."""
        if not wanted:
            return []
        whole = re.compile(rf"(?<!\w){re.escape(wanted)}(?!\w)")
        called = [[name.lower() for name in names] for names in self.known_as]
        for suits in (lambda name: name == wanted, whole.search, lambda name: wanted in name):
            found = [position for position, names in enumerate(called) if any(map(suits, names))]
            if found:
                return found
        return []

    def _nearest(self, wanted: str) -> str:
        called = [(other, self.names[at]) for at, names in enumerate(self.known_as) for other in names]
        called = [*((alias, alias) for alias in self._aliases), *called]
        options: dict[str, str] = {}
        for other, name in called:
            for part in (other, *other.split()):  # a name, or a word of it
                options.setdefault(part.lower(), name)
        near = list(dict.fromkeys(options[part] for part in get_close_matches(wanted, options, n=3, cutoff=0.7)))
        if near:
            return f"; did you mean {' or '.join(map(repr, near))}?"
        few, count = ", ".join(self.names[:MOST_LISTED]), len(self.names)
        return f"; its {count:,} classes begin with {few}" if count > MOST_LISTED else f"; it knows: {few}"


def apart(target: Target, other: Target) -> tuple[Target, Target]:
    """Two targets without a class in common: one that both hold counts for the smaller of the two only.

    Raises:
        InputError: they hold the same classes.
    """
    if set(target.members) == set(other.members):
        raise InputError(f"{target.name!r} and {other.name!r} are the same classes; the two must differ")
    if len(target.members) > len(other.members):
        second, first = apart(other, target)
        return first, second
    return target, Target(other.name, tuple(k for k in other.members if k not in target.members))
