"""Clients and servers in JavaScript: the scripts of this folder, with packages from npm (../package.json)."""

import json
import queue
import subprocess
import threading
from pathlib import Path

from .commands import ENVIRONMENT
from .process import PATIENCE, PROJECT, prepare_child

PACKAGES = PROJECT / "build" / "npm" / "node_modules"
SCRIPTS = Path(__file__).parent


class Script:
    """A script at work. It speaks and hears in lines; a script that ends by itself closes its output."""

    def __init__(self, name, *arguments, authority=None):
        """`authority` is the file of certificates that it trusts beside the usual ones."""
        assert PACKAGES.is_dir(), f"there is no {PACKAGES}: run tests/e2e/install-packages"
        extra = {"NODE_EXTRA_CA_CERTS": str(authority)} if authority else {}
        self._child = subprocess.Popen(
            ["node", SCRIPTS / name, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**ENVIRONMENT, "NODE_PATH": str(PACKAGES), **extra}, preexec_fn=prepare_child())
        self._lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _read(self):
        for line in self._child.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def line(self, timeout=PATIENCE):
        """The next line it says."""
        try:
            line = self._lines.get(timeout=timeout)
        except queue.Empty:
            raise AssertionError(f"it said nothing for {timeout} s") from None
        assert line is not None, f"it ended: exit status {self._child.wait()}"
        return line

    def has_said_more(self):
        return not self._lines.empty()

    def word(self, timeout=PATIENCE):
        """The same, read as JSON."""
        return json.loads(self.line(timeout))

    def say(self, line):
        self._child.stdin.write(f"{line}\n")
        self._child.stdin.flush()

    def ask(self, question, **about):
        """Says a question as JSON, and returns the answer."""
        self.say(json.dumps({"do": question, **about}))
        return self.word(PATIENCE * 2)

    def stop(self):
        self._child.kill()
        self._child.wait()


class Server(Script):
    """A script whose first line is the port on which it listens."""

    def __init__(self, name, *arguments, scheme="http"):
        super().__init__(name, *arguments)
        self.endpoint = f"{scheme}://127.0.0.1:{self.line()}"


def talk(url, authority=None, script="websocket_client.js"):
    """What a script that prints one line of JSON saw at `url`."""
    with Script(script, url, authority=authority) as client:
        return client.word(PATIENCE * 2)
