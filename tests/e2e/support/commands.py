"""Real clients: command line programs run against the proxy."""

import os
import subprocess
from dataclasses import dataclass

from .process import PATIENCE

ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}


@dataclass
class Outcome:
    status: int
    output: bytes
    errors: str

    @property
    def text(self):
        return self.output.decode("utf-8", "replace")


def command(*arguments, stdin=b"", timeout=PATIENCE * 2, env=None):
    """`env` adds to the environment."""
    done = subprocess.run(list(map(str, arguments)), input=stdin, capture_output=True, timeout=timeout,
                          env={**ENVIRONMENT, **(env or {})})
    return Outcome(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))


def start_command(*arguments):
    return subprocess.Popen(list(map(str, arguments)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env=ENVIRONMENT)


def _curl(*arguments):
    return ["curl", "-q", "--silent", "--show-error", "--max-time", PATIENCE, *arguments]


def curl(*arguments, **options):
    return command(*_curl(*arguments), **options)


def start_curl(*arguments):
    return start_command(*_curl(*arguments))


def s_client(port, *arguments, stdin=b""):
    """openssl's own client. Its standard input is sent, and the session lasts until the server ends it."""
    return command("openssl", "s_client", "-connect", f"127.0.0.1:{port}", *arguments, stdin=stdin)
