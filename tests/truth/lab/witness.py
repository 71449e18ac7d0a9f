"""Whether the machine was there. A process on each CPU sleeps for a moment, over and over, and counts by how much it wakes late.

Its priority is above that of the tests: what comes between is not their work, but somebody who has taken the CPU away.
What no CPU shows is that a program waits for pages of its own: the kernel counts them.
"""

import contextlib
import multiprocessing
import os
import re
import select
import time
from pathlib import Path

from support.process import prepare_child

MOMENT = 0.00025  # seconds of sleep: what is over before it ends, nobody sees
LATE = 0.0005     # seconds: half of what the least exact figure may differ by
PRIORITY = 1      # of the tests, among those of SCHED_FIFO


def take_priority(priority):
    """Where it may be had. Children inherit it."""
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))


class Witness:
    def __init__(self):
        self._children, self._pipes = zip(*(_start(cpu) for cpu in os.sched_getaffinity(0)))
        self._fetched = _fetched()

    def close(self):
        for child in self._children:
            child.kill()
            child.join()

    def disturbance(self):
        """What the machine did, since the last such question, instead of what it was asked to do. None: nothing that matters."""
        before, self._fetched = self._fetched, _fetched()
        away = self.away()
        if not away and self._fetched == before:
            return None
        return f"the machine was away for {away * 1e3:.1f} ms, and fetched {self._fetched - before} pages of programs"

    def away(self):
        """For how many seconds the CPU was that was away most, since the last such question."""
        for pipe in self._pipes:
            pipe.send("away?")
        return max(pipe.recv() for pipe in self._pipes)


def _fetched():
    """How often somebody had to wait for a disk because a page that is executed or mapped was in memory no longer."""
    return int(re.search(r"^pgmajfault (\d+)$", Path("/proc/vmstat").read_text(), re.MULTILINE)[1])


def _start(cpu):
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.Process(target=_look, args=(cpu, theirs), daemon=True)
    child.start()
    return child, ours


def _look(cpu, pipe):
    prepare_child()()
    os.sched_setaffinity(0, {cpu})
    take_priority(PRIORITY + 1)
    away, before = 0, time.monotonic()
    while True:
        asked, _, _ = select.select([pipe], [], [], MOMENT)
        now = time.monotonic()
        late, before = now - before - MOMENT, now
        away += late if late > LATE else 0
        if asked:
            pipe.recv()
            pipe.send(away)
            away = 0
