"""Whose turn it is to ask about a set function, among the processes that share a store.

One process at a time has the lease of a set function, and it alone asks the model about it, so that no mask is paid for
by two at once. It renews the lease while it works; a lease that is not renewed, or whose process is known to be gone,
is free. Whoever waits reads what the holder pays for, and may note that it wants to be next: the holder hands over
between two batches.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spex_core.arrays import Samples
from spex_core.runs.store.batches import unpack
from spex_core.runs.store.owners import is_gone

if TYPE_CHECKING:
    from spex_core.runs.store.queries import Queries

LEASE = 60.0
"""Seconds that a run, or a set function, belongs to its process without being renewed."""
HANDED = 10.0
"""Seconds that a lease waits for the process it was handed to."""


@dataclass(frozen=True)
class Seen:
    """How far the passes of a set function were read.

    Attributes:
        last: number of the last batch, 0 for none.
        count: how many batches.
    """

    last: int = 0
    count: int = 0


@dataclass(frozen=True)
class Standing:
    """How a set function stands.

    Attributes:
        holder: the process that may ask now, "" where any may.
        heir: the process that wants to be next, "" for none.
        news: the passes that were paid for since it was last looked.
        seen: how far they are read now.
    """

    holder: str
    heir: str
    news: Samples
    seen: Seen


class QuestionLeases:
    """Leases of set functions in a store; every method raises `StoreError` where the database refuses.

    Args:
        transaction: begins one of the store's: what it is about, in words, and whether anything is changed.
    """

    def __init__(self, transaction: Callable[[str, bool], AbstractContextManager[Queries]]) -> None:
        self._transaction = transaction

    def number(self, key: str, n_features: int) -> int:
        """Number of a set function, which the other methods are called with."""
        with self._transaction("note the question", True) as queries:
            return queries.add_question(key, n_features)

    def look(self, question: int, n_features: int, seen: Seen) -> Standing:
        """How it stands; changes nothing."""
        with self._transaction("look who asks", False) as queries:
            return self._standing(queries, question, n_features, seen, write=False)

    def take(self, question: int, n_features: int, owner: str, seen: Seen) -> Standing:
        """Take or keep the lease where it is free, was handed to `owner` or is its already: it is the holder then.

        What comes with it is all that was paid for until then, even where `look` had missed something.
        """
        with self._transaction("take the question's turn", True) as queries:
            found = self._standing(queries, question, n_features, seen, write=True)
            if found.holder not in ("", owner):
                return found
            heir = _other(found.heir, owner)
            queries.set_lease(question, owner=owner, lease_until=queries.now() + LEASE, wanted_by=heir)
            news, seen = found.news, found.seen
            if queries.count_batches(question) != seen.count:  # PostgreSQL may commit a lower number after a higher one
                news, seen = _read(queries, question, n_features, Seen())
            return Standing(owner, heir, news, seen)

    def want(self, question: int, owner: str) -> None:
        """Note that `owner` wants to be next, unless somebody else does already."""
        with self._transaction("wait for the question's turn", True) as queries:
            lease = queries.lease(question, write=True)
            if not lease["wanted_by"] or is_gone(lease["wanted_by"]):
                queries.set_lease(question, wanted_by=owner)

    def hand_over(self, question: int, owner: str) -> None:
        """Give the lease that `owner` has to whoever wants to be next."""
        with self._transaction("hand the question over", True) as queries:
            lease = queries.lease(question, write=True)
            heir = _other(lease["wanted_by"], owner)
            if lease["owner"] == owner and heir:
                queries.set_lease(question, owner=heir, lease_until=queries.now() + HANDED, wanted_by="")

    def renew(self, question: int, owner: str) -> str | None:
        """Keep the lease for `LEASE` more seconds: who wants to be next, "" for nobody; None where it is lost."""
        with self._transaction("keep the question", True) as queries:
            lease = queries.lease(question, write=True)
            if lease["owner"] != owner:
                return None
            queries.set_lease(question, lease_until=queries.now() + LEASE)
            return _other(lease["wanted_by"], owner)

    def heir(self, question: int, owner: str) -> str | None:
        """Who wants to be next, "" for nobody; None where `owner` has lost the lease. Changes nothing."""
        with self._transaction("look who waits", False) as queries:
            lease = queries.lease(question)
            return None if lease["owner"] != owner else _other(lease["wanted_by"], owner)

    def release(self, question: int, owner: str) -> None:
        """Give up the lease, or the wish for it."""
        with self._transaction("leave the question", True) as queries:
            lease = queries.lease(question, write=True)
            if lease["wanted_by"] == owner:
                queries.set_lease(question, wanted_by="")
            if lease["owner"] == owner:
                queries.set_lease(question, owner="", lease_until=0.0)

    @staticmethod
    def _standing(queries: Queries, question: int, n_features: int, seen: Seen, write: bool) -> Standing:
        lease = queries.lease(question, write)
        free = lease["lease_until"] < queries.now() or is_gone(lease["owner"])
        holder = "" if free else lease["owner"]
        news, seen = _read(queries, question, n_features, seen)
        return Standing(holder, lease["wanted_by"], news, seen)


def _other(process: str, owner: str) -> str:
    return "" if process == owner else process


def _read(queries: Queries, question: int, n_features: int, seen: Seen) -> tuple[Samples, Seen]:
    batches = queries.batches(question, seen.last)
    last = max(batches, default=seen.last)
    return unpack(batches.values(), n_features), Seen(last, seen.count + len(batches))
