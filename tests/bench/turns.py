"""Loads that take turns. All of them are under way, and one at a time runs, too briefly for the machine to change meanwhile."""

import contextlib
import multiprocessing
import os
import random
import signal
import time

_TURN_SECONDS = 0.1
_PAUSE_SECONDS = 0.002  # for what a proxy still has to do

_forking = multiprocessing.get_context("fork")


def take_turns(loads):
    """Runs each of `loads`, name -> callable, to its end; name -> (what it has returned, the seconds it has had)."""
    with contextlib.ExitStack() as stack:
        players = {name: stack.enter_context(_Player(load)) for name, load in loads.items()}
        while going := [player for player in players.values() if not player.is_done]:
            for player in random.sample(going, len(going)):
                player.take_turn()
                time.sleep(_PAUSE_SECONDS)
    return {name: (player.returned, player.seconds) for name, player in players.items()}


class _Player:
    """A load with all of its processes, which stand still except in its turns."""

    def __init__(self, load):
        self.is_done, self.returned, self.seconds = False, None, 0.0
        self._result, theirs = _forking.Pipe(duplex=False)
        self._process = _forking.Process(target=self._run, args=(load, theirs))
        self._process.start()
        theirs.close()

    def __enter__(self):
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        return self

    def __exit__(self, *_):
        self._signal(signal.SIGKILL)
        self._process.join()

    def take_turn(self):
        began = time.monotonic()
        self._signal(signal.SIGCONT)
        self.is_done = self._result.poll(_TURN_SECONDS)
        self._signal(signal.SIGSTOP)
        self.seconds += time.monotonic() - began
        if self.is_done:
            self.returned = self._result.recv()  # EOFError: it died

    @staticmethod
    def _run(load, result):
        # A group, but no session, of its own: should we die, the kernel does not leave it behind stopped.
        os.setpgid(0, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        result.send(load())

    def _signal(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)
