"""The runs as one person may see and change them.

Where runs have owners (`deployment`), a run belongs to who started or imported it. Others know nothing of it until it
is shared, and then may read it, and no more. Where they have none, everybody sees and changes all, the host's too.

Pages reach runs through here alone, so what is refused here is refused whatever a page shows or a browser sends. The
passes that were paid for belong to nobody: whoever asks the same question of the same model has them.
"""

from __future__ import annotations

import builtins
import hashlib
from collections.abc import Mapping

from spex_core.arrays import Samples, Support
from spex_core.errors import InputError, StoreError
from spex_core.explanation.result import Explanation
from spex_core.runs.manager import RunManager
from spex_core.runs.requests import RunRequest
from spex_core.runs.run import Run
from spex_core.runs.store.bundle import IMPORTED
from spex_core.runs.store.notes import Written
from spex_core.runs.store.records import RunRecord

UNKNOWN = "there is no such run here, or it belongs to somebody else who has not shared it"
ONLY_READ = (
    "this run belongs to somebody else, who shares it for reading; only they can change it, go on with it or export it"
)


class OwnedRuns:
    """A manager's runs for one person.

    Args:
        manager: whose runs they are.
        person: who asks, by a name that nobody can guess.
        owners: whether runs belong to people.
    """

    def __init__(self, manager: RunManager, person: str, owners: bool) -> None:
        if owners and not person:
            raise ValueError("where runs have owners, whoever asks has a name")
        self._manager = manager
        self._person = person
        self._owners = owners

    @property
    def belongs_to(self) -> str:
        """Whose new runs are, "" for the host."""
        return self._person if self._owners else ""

    def why_not_read(self, run_id: str) -> str:
        """Why this person cannot read a run; "" where they can, or where nobody is kept from any."""
        return "" if self._mine(run_id) or self._shared(run_id) else UNKNOWN

    def why_not_change(self, run_id: str) -> str:
        """Why this person cannot change, continue or export a run, likewise."""
        if self._mine(run_id):
            return ""
        return ONLY_READ if self._shared(run_id) else UNKNOWN

    # seeing

    def get(self, run_id: str) -> Run | None:
        """See `RunManager.get`; None for what this person cannot read."""
        return None if self.why_not_read(run_id) else self._manager.get(run_id)

    def list(self) -> builtins.list[Run]:
        """See `RunManager.list`; this person's own."""
        return [run for run in self._manager.list() if self._is_mine(run.belongs_to)]

    def records(self) -> builtins.list[RunRecord]:
        """See `RunManager.records`; this person's own, and what others share."""
        return self._readable(self._manager.records())

    def stored(self) -> builtins.list[RunRecord]:
        """The same as they are in the store, which takes no look at who works on them."""
        return self._readable(self._manager.store.list())

    def load(self, run_id: str) -> Explanation:
        """See `RunStore.load`.

        Raises:
            InputError: this person cannot read it.
        """
        _refuse(self.why_not_read(run_id))
        return self._manager.store.load(run_id)

    def knows_passes_of(self, run_id: str) -> bool:
        """See `RunManager.knows_passes_of`."""
        return not self.why_not_read(run_id) and self._manager.knows_passes_of(run_id)

    def paid_for(self, run_id: str, n_features: int) -> tuple[Samples, str]:
        """See `RunManager.paid_for`.

        Raises:
            InputError: this person cannot read it.
        """
        _refuse(self.why_not_read(run_id))
        return self._manager.paid_for(run_id, n_features)

    def notes(self, run_id: str) -> Written:
        """See `Notes.of`; none of what this person cannot read."""
        return {} if self.why_not_read(run_id) else self._manager.store.notes.of(run_id)

    # going on

    def start(self, request: RunRequest) -> Run:
        """See `RunManager.start`; the run is this person's."""
        whose = {"belongs_to": self._person} if self._owners else {}
        return self._manager.start(request, self._person, **whose)

    def resume(self, run_id: str, secrets: Mapping[str, str]) -> Run:
        """See `RunManager.resume`.

        Raises:
            InputError: this person cannot change it.
        """
        _refuse(self.why_not_change(run_id))
        return self._manager.resume(run_id, self._person, dict(secrets))

    def extend(self, run_id: str, budget: int, secrets: Mapping[str, str]) -> Run:
        """See `RunManager.extend`.

        Raises:
            InputError: this person cannot change it.
        """
        _refuse(self.why_not_change(run_id))
        return self._manager.extend(run_id, budget, self._person, dict(secrets))

    def cancel(self, run_id: str) -> None:
        """See `Run.cancel`; nothing where there is no such run.

        Raises:
            InputError: this person cannot change it.
        """
        _refuse(self.why_not_change(run_id))
        run = self._manager.get(run_id)
        if run is not None:
            run.cancel()

    # changing; every one raises `InputError` where this person cannot, and `StoreError` as the store does

    def rename(self, run_id: str, name: str) -> None:
        """See `RunStore.rename`."""
        _refuse(self.why_not_change(run_id))
        self._manager.store.rename(run_id, name)

    def note(self, run_id: str, features: Support, text: str) -> None:
        """See `Notes.write`."""
        _refuse(self.why_not_change(run_id))
        self._manager.store.notes.write(run_id, features, text)

    def pin(self, run_id: str, pinned: bool) -> None:
        """See `RunStore.pin`."""
        _refuse(self.why_not_change(run_id))
        self._manager.store.pin(run_id, pinned)

    def delete(self, run_id: str) -> None:
        """See `RunStore.delete`."""
        _refuse(self.why_not_change(run_id))
        self._manager.store.delete(run_id)

    def restore(self, run_id: str) -> None:
        """See `RunStore.restore`."""
        _refuse(self.why_not_change(run_id))
        self._manager.store.restore(run_id)

    def share(self, run_id: str, shared: bool) -> None:
        """Let everybody who may use this app read a run, or no longer."""
        _refuse(self.why_not_change(run_id))
        self._manager.store.share(run_id, shared)

    def exported(self, run_id: str, n_features: int) -> tuple[Samples, str]:
        """What `paid_for` tells, to be taken away."""
        _refuse(self.why_not_change(run_id))
        return self._manager.paid_for(run_id, n_features)

    def _mine(self, run_id: str) -> bool:
        if not self._owners:
            return True
        found = self._found(run_id)
        return found is not None and self._is_mine(found[0])

    def _shared(self, run_id: str) -> bool:
        found = self._found(run_id)
        return found is not None and found[1]

    def _is_mine(self, belongs_to: str) -> bool:
        return not self._owners or belongs_to == self._person

    def _readable(self, records: builtins.list[RunRecord]) -> builtins.list[RunRecord]:
        return [record for record in records if self._is_mine(record.belongs_to) or record.shared]

    def _found(self, run_id: str) -> tuple[str, bool] | None:
        """Whose it is, and whether it is shared: by the store, or where the disk took nothing, by this process."""
        try:
            found = self._manager.store.belongs_to(run_id)
        except StoreError:
            found = None
        if found is not None:
            return found
        run = next((run for run in self._manager.list() if run.id == run_id), None)
        return None if run is None else (run.belongs_to, False)


def imported_id(name: str, belongs_to: str) -> str:
    """What a run from a file is called among those of a person: whoever imports the same file has a run of their own.

    Args:
        name: what it is called by its content, with `IMPORTED` before it.
        belongs_to: whose it is to be, "" for the host.
    """
    if not belongs_to:
        return name
    return IMPORTED + hashlib.sha256(f"{belongs_to} {name}".encode()).hexdigest()[:32]


def _refuse(reason: str) -> None:
    if reason:
        raise InputError(reason)
