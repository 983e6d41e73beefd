"""Loaded models: each once, the least recently used leaves first, and never one that is used."""

import threading

import numpy as np
import pytest

from spex_core.errors import InputError
from spex_core.models.base import Backend, ModelSpec
from spex_core.models.shared import Shared, shared
from spex_core.runs.shelf import ModelShelf
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
        self.shelf = None

    def load(self, spec):
        self.loaded.append(spec.options["weights"])
        return Weights(spec.options["weights"])

    def free(self):
        return self.total - 10 * len({backend.fingerprint for backend in self.shelf.all()})


@pytest.fixture
def machine():
    return Machine(100)


def _shelf(machine, **settings):
    machine.shelf = ModelShelf(machine.load, **{"floor": 15, "free": machine.free, **settings})
    return machine.shelf


def _spec(weights, question=""):
    return ModelSpec("weights", {"weights": weights, "question": question})


def test_a_model_is_loaded_once_and_shared(machine):
    shelf = _shelf(machine)
    assert shelf.get(_spec("a")) is shelf.get(_spec("a"))
    assert shelf.holds(_spec("a"))
    assert not shelf.holds(_spec("a", "who?"))
    assert machine.loaded == ["a"]


def test_many_who_want_it_at_once_load_it_once_and_hold_up_nobody(machine):
    shelf = _shelf(machine)
    begun, gate = threading.Event(), threading.Event()
    load = machine.load

    def slow(spec):
        if spec.options["weights"] == "large":
            begun.set()
            gate.wait(20)
        return load(spec)

    shelf._load = slow
    got = []
    threads = [threading.Thread(target=lambda: got.append(shelf.get(_spec("large")))) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert begun.wait(20)
    assert shelf.get(_spec("small")).weights == "small"  # while the large one is being loaded
    gate.set()
    for thread in threads:
        thread.join(20)
    assert len(set(got)) == 1
    assert machine.loaded == ["small", "large"]


def test_when_memory_is_short_the_least_recently_used_leaves_before_another_is_loaded(machine):
    machine.total = 45
    shelf = _shelf(machine)
    for weights in ("a", "b", "c"):
        shelf.get(_spec(weights))
    shelf.get(_spec("a"))
    shelf.get(_spec("d"))  # 15 are free: enough
    assert [backend.weights for backend in shelf.all()] == ["b", "c", "a", "d"]
    shelf.get(_spec("e"))  # 5 are free: one leaves
    assert [backend.weights for backend in shelf.all()] == ["c", "a", "d", "e"]


def test_a_model_leaves_with_all_its_backends_and_counts_as_used_when_one_is(machine):
    shelf = _shelf(machine)
    for weights, question in (("a", "1"), ("b", ""), ("a", "2"), ("c", "")):
        shelf.get(_spec(weights, question))
    shelf.make_room(60)  # 70 are free and 75 wanted: one leaves
    assert [backend.weights for backend in shelf.all()] == ["a", "a", "c"]
    shelf.make_room(70)
    assert [backend.weights for backend in shelf.all()] == ["c"]


def test_a_model_in_use_never_leaves(machine):
    shelf = _shelf(machine)
    used = shelf.get(_spec("a"))
    shelf.get(_spec("b"))
    with shelf.lease(used), shelf.lease(used):
        shelf.make_room(10_000)
        assert shelf.all() == [used]
        assert not shelf.drop_idle()
    assert shelf.drop_idle()
    assert shelf.all() == []


def test_where_free_memory_is_not_told_nothing_leaves(machine):
    shelf = _shelf(machine, free=lambda: None)
    shelf.get(_spec("a"))
    shelf.make_room(10_000)
    assert len(shelf.all()) == 1


def test_a_few_idle_ones_are_kept_at_most(machine):
    shelf = _shelf(machine, most=3, floor=0)
    used = shelf.get(_spec("a"))
    with shelf.lease(used):
        for weights in "bcdef":
            shelf.get(_spec(weights))
        assert [backend.weights for backend in shelf.all()] == ["a", "e", "f"]


def test_a_model_that_fails_to_load_can_be_asked_for_again(machine):
    shelf = _shelf(machine)

    def fails(spec):
        raise InputError("not now")

    load, shelf._load = shelf._load, fails
    for _ in range(2):
        with pytest.raises(InputError, match="not now"):
            shelf.get(_spec("a"))
    shelf._load = load
    assert shelf.get(_spec("a")).weights == "a"


def test_a_model_that_does_not_fit_makes_idle_ones_leave(machine):
    shelf = _shelf(machine)
    shelf.get(_spec("idle"))
    models = Shared()
    models.hold(shelf)

    def room():
        if shelf.all():
            raise InputError("too little memory")

    assert models.get("large", room, lambda: Machine(1)) is not None
    assert shelf in shared.holders  # as in the app


def test_a_shelf_can_come_while_idle_models_are_looked_for(machine):
    models, shelf, late, threads = Shared(), _shelf(machine), _shelf(machine), []
    door = models._lock = Door()
    models.holders = Interrupted([shelf], lambda: threads.append(meanwhile(lambda: models.hold(late), door)))
    rooms = iter([InputError("too little memory"), None])

    def room():
        problem = next(rooms)
        if problem is not None:
            raise problem

    assert models.get("large", room, lambda: Machine(1)) is not None
    threads[0].join(60)
    assert set(models.holders) == {shelf, late}
