"""A second thread at the worst moment: not now and then, but every time."""

import threading
import time
from weakref import WeakSet


class Door:
    """A lock that tells whether anybody waits for it."""

    def __init__(self):
        self.lock = threading.RLock()
        self.waited_for = threading.Event()

    def __enter__(self):
        if not self.lock.acquire(blocking=False):
            self.waited_for.set()
            self.lock.acquire()

    def __exit__(self, *_):
        self.lock.release()


def meanwhile(work, door):
    """Do it in another thread, until it is done or waits at the door; returns the thread."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    limit = time.monotonic() + 60
    while thread.is_alive() and not door.waited_for.is_set():
        assert time.monotonic() < limit
        time.sleep(0.001)
    return thread


class Interrupted(WeakSet):
    """A set in which something happens while it is gone through."""

    def __init__(self, items, happens):
        super().__init__(items)
        self.happens = happens

    def __iter__(self):
        for item in super().__iter__():
            yield item
            happens, self.happens = self.happens, lambda: None
            happens()
