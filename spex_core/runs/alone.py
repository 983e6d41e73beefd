"""One run by itself, without a manager: passes that the store has are not made again, and new ones are kept there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from spex_core.arrays import Samples
from spex_core.errors import StoreError
from spex_core.explanation.result import Explanation
from spex_core.fourier.masks import Known
from spex_core.models.base import Backend
from spex_core.runs.requests import RunRequest
from spex_core.runs.store.run_store import RunStore


def explain_alone(
    request: RunRequest, backend: Backend, store: RunStore, say: Callable[[str], None], **hooks: Any
) -> Explanation:
    """Make a run whose passes are found and kept under the same name as those of the app.

    A store that cannot be read or written stops nothing: it is told in one line, and what it refused is offered to it
    once more at the end.

    Args:
        request: what to do.
        backend: its model, loaded.
        store: where passes are kept; it is closed at the end.
        say: told in one line that passes are not kept.
        hooks: see `RunRequest.explain`; not `known` and `on_samples`.

    Raises:
        InputError, ModelError: see `engine.explain.explain`.
    """
    masker = request.masker(backend)
    backend = backend.settle(request.whole)
    kept = _Kept(store, request.sample_key(masker, backend), masker.n_features, say)
    try:
        return request.explain(backend, known=kept.known, on_samples=kept.add, **hooks)
    finally:
        kept.close()


class _Kept:
    """Passes of one set function, in the store as long as it takes them."""

    def __init__(self, store: RunStore, key: str, n_features: int, say: Callable[[str], None]) -> None:
        self.known = Known()
        self._store = store
        self._key = key
        self._say = say
        self._refused: list[Samples] = []
        self._open = True
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
