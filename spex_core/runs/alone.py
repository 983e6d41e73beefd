"""One run by itself, without a manager: passes that the store has are not made again, and new ones are kept there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import TracebackType

import numpy as np

from spex_core.arrays import Samples
from spex_core.engine.settings import Progress
from spex_core.errors import StoreError
from spex_core.explanation.result import Explanation
from spex_core.fourier.masks import Known
from spex_core.models.base import Backend
from spex_core.runs.questions import Asker, Questions, Watcher
from spex_core.runs.requests import RunRequest
from spex_core.runs.store.run_store import RunStore

_BEAT = 5.0  # seconds between two renewals of the lease


def explain_alone(
    request: RunRequest,
    backend: Backend,
    store: RunStore,
    say: Callable[[str], None],
    on_progress: Callable[[Progress], None],
    should_stop: Callable[[], bool],
) -> Explanation:
    """Make a run whose passes are found and kept under the same name as those of the app.

    While another program asks the same question its passes are taken over as they are made. A store that cannot be read
    or written stops nothing: it is told in one line, and what it refused is offered to it once more at the end.

    Args:
        request: what to do.
        backend: its model, loaded.
        store: where passes are kept; it is closed at the end.
        say: told in one line that passes are not kept, or taken over.
        on_progress, should_stop: see `RunRequest.explain`.

    Raises:
        InputError, ModelError: see `engine.explain.explain`.
        StoppedError: it was asked to stop while it waited for another program, before it knew anything.
    """
    masker = request.masker(backend)
    backend = backend.settle(request.whole)
    key, done = request.sample_key(masker, backend), 0

    def told(watching: bool) -> None:
        if watching:
            say("another program works on the same question; its passes are taken over as they are made")

    def report(progress: Progress) -> None:
        nonlocal done
        done = progress.done
        if progress.stage == "fit":
            turn.leave()
        on_progress(progress)

    watcher = Watcher(stopping=should_stop, done=lambda: done, told=told)
    with _asking(store, key, masker.n_features, watcher) as turn:
        kept = _Kept(store, key, masker.n_features, say, turn.known)
        try:
            return request.explain(
                backend, known=kept.known, on_samples=kept.add, turn=turn, on_progress=report, should_stop=should_stop
            )
        finally:
            kept.close()


class _Turn:
    """A run's turn among all programs that ask its question; always its own where the store cannot say whose it is."""

    def __init__(self, asker: Asker | None) -> None:
        self._asker = asker
        self._asks = False

    @property
    def known(self) -> Known | None:
        """What is paid for, by whomever; None where that cannot be read."""
        return None if self._asker is None else self._asker.known

    def leave(self) -> None:
        """It will not ask any more."""
        if self._asker is not None:
            self._asker.leave()

    def __enter__(self) -> bool:
        if self._asker is not None:
            with suppress(StoreError):
                self._asks = self._asker.__enter__()
                return self._asks
        return True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._asker is not None and self._asks:
            self._asks = False
            self._asker.__exit__(kind, error, trace)


@contextmanager
def _asking(store: RunStore, key: str, n_features: int, watcher: Watcher) -> Iterator[_Turn]:
    questions, over, held = Questions(store), threading.Event(), ExitStack()
    try:
        asker = held.enter_context(questions.asking(key, n_features, watcher))
    except StoreError:
        yield _Turn(None)
        return
    with held:
        thread = threading.Thread(target=_renew, args=(questions, over), name="lease", daemon=True)
        thread.start()
        try:
            yield _Turn(asker)
        finally:
            over.set()
            thread.join()


def _renew(questions: Questions, over: threading.Event) -> None:
    while not over.wait(_BEAT):
        with suppress(StoreError):  # the next beat may do better
            questions.renew()


class _Kept:
    """Passes of one set function, in the store as long as it takes them."""

    def __init__(
        self, store: RunStore, key: str, n_features: int, say: Callable[[str], None], known: Known | None
    ) -> None:
        self.known = Known() if known is None else known
        self._store = store
        self._key = key
        self._say = say
        self._refused: list[Samples] = []
        self._open = True
        if known is None:
            try:
                self.known.add(store.samples(key, n_features))
            except StoreError as error:
                self._give_up(error)

    def add(self, samples: Samples) -> None:
        """Keep these; after a refusal until the end, since a store that is locked says so only after a minute."""
        if self._open:
            try:
                self._store.append(self._key, samples)
                return
            except StoreError as error:
                self._give_up(error)
        self._refused.append(samples)

    def close(self) -> None:
        """Offer what was refused once more, and give the store back."""
        if self._refused:
            masks = np.concatenate([samples.masks for samples in self._refused])
            values = np.concatenate([samples.values for samples in self._refused])
            try:
                self._store.append(self._key, Samples(masks, values))
            except StoreError:
                pass  # it was told
            else:
                self._say(f"the store takes passes again: those {len(values):,} are kept")
        self._store.close()

    def _give_up(self, error: StoreError) -> None:
        self._open = False
        self._say(f"the passes of this run are not kept: {str(error).replace(', so the run stops', '')}")
