"""The witness notices when the machine is away, and does not take the tests' own work for it."""

import os
import threading
import time

import pytest

from lab.witness import PRIORITY, Witness

BUSY = 0.02  # seconds


@pytest.fixture(scope="module")
def witness():
    made = Witness()
    yield made
    made.close()


def keep_busy(priority):
    """Takes one CPU from all that have less priority. By a thread, which takes its priority along when it goes."""
    def work():
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
        until = time.monotonic() + BUSY
        while time.monotonic() < until:
            pass
    busy = threading.Thread(target=work)
    busy.start()
    busy.join()


@pytest.fixture(autouse=True)
def needs_priorities():
    if os.sched_getscheduler(0) != os.SCHED_FIFO:
        pytest.skip("priorities are not to be had here")


def test_it_notices_that_a_cpu_is_away(witness):
    witness.away()
    keep_busy(PRIORITY + 2)
    assert witness.away() > 0.9 * BUSY


def test_work_of_the_tests_takes_nothing_away(witness):
    witness.away()
    keep_busy(PRIORITY)
    assert witness.away() < BUSY / 2
