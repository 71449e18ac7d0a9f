"""A client that behaves, asks over and over, with HTTP/1.1 and HTTP/2 in turn, and notes how long each answer took.

It is a process of its own: it must wait for the proxy alone, and not for what else a test does.
"""

import json
import select
import subprocess
import sys
import time
from pathlib import Path

from .h2 import Client
from .http1 import Wire
from .process import prepare_child

PATH = "/empty"  # see Nginx
_FEWEST = 4
_PAUSE = 0.02  # seconds


class Neighbour:
    def __init__(self):
        self._child = subprocess.Popen([sys.executable, "-m", __name__], cwd=Path(__file__).parents[1], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True, preexec_fn=prepare_child())

    def begin(self, port):
        self._tell(port)

    def end(self):
        """How many seconds each answer took, and what failed."""
        self._tell("end")
        return json.loads(self._child.stdout.readline())

    def close(self):
        self._child.communicate()

    def _tell(self, word):
        self._child.stdin.write(f"{word}\n")
        self._child.stdin.flush()


def _ask(port, is_http2):
    if is_http2:
        with Client.connect(port) as client:
            return client.get(PATH).status
    with Wire.connect(port) as wire:
        wire.get(PATH, "Connection: close")
        return wire.read_response().status


def _main():
    words = open(0, "rb", buffering=0)  # whatever has come can be selected
    while port := words.readline():
        took, failures = [], []
        while len(took) < _FEWEST or not select.select([words], [], [], _PAUSE)[0]:
            began = time.monotonic()
            try:
                assert _ask(int(port), is_http2=len(took) % 2) == 204
            except (OSError, AssertionError) as failure:
                failures.append(repr(failure))
            took.append(time.monotonic() - began)
        words.readline()
        print(json.dumps((took, failures)), flush=True)


if __name__ == "__main__":
    _main()
