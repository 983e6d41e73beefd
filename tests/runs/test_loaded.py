"""Loaded models: each once, the least recently used leaves first, and never one that is used."""

import threading

import numpy as np
import pytest

from spex_core.errors import InputError
from spex_core.models.base import Backend, ModelSpec
from spex_core.models.shared import Shared, shared
from spex_core.runs.loaded import LoadedModels
from tests.support.interleaving import Door, Interrupted, meanwhile


class Weights(Backend):
    """A backend whose option names its weights."""

    name, title, summary = "weights", "Weights", "Nothing."

    def __init__(self, weights):
        self.weights = weights

    @property
    def fingerprint(self):
        return self.weights

    def score(self, inputs):
        return np.zeros(len(inputs))


class Machine:
    """Free memory that loaded models take up."""

    def __init__(self, total):
        self.total = total
        self.loaded = []
        self.kept = None

    def load(self, spec):
        self.loaded.append(spec.options["weights"])
        return Weights(spec.options["weights"])

    def free(self):
        return self.total - 10 * len({backend.fingerprint for backend in self.kept.all()})


@pytest.fixture
def machine():
    return Machine(100)


def _kept(machine, **settings):
    machine.kept = LoadedModels(machine.load, **{"floor": 15, "free": machine.free, **settings})
    return machine.kept


def _spec(weights, question=""):
    return ModelSpec("weights", {"weights": weights, "question": question})


def test_a_model_is_loaded_once_and_shared(machine):
    kept = _kept(machine)
    assert kept.get(_spec("a")) is kept.get(_spec("a"))
    assert kept.holds(_spec("a"))
    assert not kept.holds(_spec("a", "who?"))
    assert machine.loaded == ["a"]


def test_many_who_want_it_at_once_load_it_once_and_hold_up_nobody(machine):
    kept = _kept(machine)
    begun, gate = threading.Event(), threading.Event()
    load = machine.load

    def slow(spec):
        if spec.options["weights"] == "large":
            begun.set()
            gate.wait(20)
        return load(spec)

    kept._load = slow
    got = []
    threads = [threading.Thread(target=lambda: got.append(kept.get(_spec("large")))) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert begun.wait(20)
    assert kept.get(_spec("small")).weights == "small"  # while the large one is being loaded
    gate.set()
    for thread in threads:
        thread.join(20)
    assert len(set(got)) == 1
    assert machine.loaded == ["small", "large"]


def test_when_memory_is_short_the_least_recently_used_leaves_before_another_is_loaded(machine):
    machine.total = 45
    kept = _kept(machine)
    for weights in ("a", "b", "c"):
        kept.get(_spec(weights))
    kept.get(_spec("a"))
    kept.get(_spec("d"))  # 15 are free: enough
    assert [backend.weights for backend in kept.all()] == ["b", "c", "a", "d"]
    kept.get(_spec("e"))  # 5 are free: one leaves
    assert [backend.weights for backend in kept.all()] == ["c", "a", "d", "e"]


def test_a_model_leaves_with_all_its_backends_and_counts_as_used_when_one_is(machine):
    kept = _kept(machine)
    for weights, question in (("a", "1"), ("b", ""), ("a", "2"), ("c", "")):
        kept.get(_spec(weights, question))
    kept.make_room(60)  # 70 are free and 75 wanted: one leaves
    assert [backend.weights for backend in kept.all()] == ["a", "a", "c"]
    kept.make_room(70)
    assert [backend.weights for backend in kept.all()] == ["c"]


def test_a_model_in_use_never_leaves(machine):
    kept = _kept(machine)
    used = kept.get(_spec("a"))
    kept.get(_spec("b"))
    with kept.lease(used), kept.lease(used):
        kept.make_room(10_000)
        assert kept.all() == [used]
        assert not kept.drop_idle()
    assert kept.drop_idle()
    assert kept.all() == []


def test_where_free_memory_is_not_told_nothing_leaves(machine):
    kept = _kept(machine, free=lambda: None)
    kept.get(_spec("a"))
    kept.make_room(10_000)
    assert len(kept.all()) == 1


def test_a_few_idle_ones_are_kept_at_most(machine):
    kept = _kept(machine, most=3, floor=0)
    used = kept.get(_spec("a"))
    with kept.lease(used):
        for weights in "bcdef":
            kept.get(_spec(weights))
        assert [backend.weights for backend in kept.all()] == ["a", "e", "f"]


def test_a_model_that_fails_to_load_can_be_asked_for_again(machine):
    kept = _kept(machine)

    def fails(spec):
        raise InputError("not now")

    load, kept._load = kept._load, fails
    for _ in range(2):
        with pytest.raises(InputError, match="not now"):
            kept.get(_spec("a"))
    kept._load = load
    assert kept.get(_spec("a")).weights == "a"


def test_a_model_that_does_not_fit_makes_idle_ones_leave(machine):
    kept = _kept(machine)
    kept.get(_spec("idle"))
    models = Shared()
    models.hold(kept)

    def room():
        if kept.all():
            raise InputError("too little memory")

    assert models.get("large", room, lambda: Machine(1)) is not None
    assert kept in shared.holders  # as in the app


def test_a_holder_can_come_while_idle_models_are_looked_for(machine):
    models, kept, late, threads = Shared(), _kept(machine), _kept(machine), []
    door = models._lock = Door()
    models.holders = Interrupted([kept], lambda: threads.append(meanwhile(lambda: models.hold(late), door)))
    rooms = iter([InputError("too little memory"), None])

    def room():
        problem = next(rooms)
        if problem is not None:
            raise problem

    assert models.get("large", room, lambda: Machine(1)) is not None
    threads[0].join(60)
    assert set(models.holders) == {kept, late}
