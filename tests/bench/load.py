"""Load generators: each runs for a while and says how many requests succeeded and what went wrong."""

import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Outcome:
    requests: int
    errors: str  # empty when every request succeeded

    def __add__(self, other):
        return Outcome(self.requests + other.requests, "; ".join(filter(None, (self.errors, other.errors))))


@dataclass(frozen=True)
class Wrk:
    """Keeps its connections, or reconnects for each request; over TLS it then resumes."""

    connections: int
    reconnect: bool = False
    script: str = ""  # what it sends instead of GETs: a Lua file beside this one

    def run(self, url, seconds):
        closing = ["-H", "Connection: close"] if self.reconnect else []
        script = ["-s", _HERE / self.script] if self.script else []
        text = _output(["wrk", "-t1", f"-c{self.connections}", f"-d{seconds}", "--timeout", "10s", *closing, *script, url])
        done = re.search(r"(\d+) requests in ", text)
        if not done:
            return Outcome(0, f"wrk: {text.strip()}")
        errors = re.findall(r"Socket errors: .*|Non-2xx or 3xx responses: \d+", text)
        return Outcome(int(done[1]), ", ".join(errors))


@dataclass(frozen=True)
class H2load:
    """One request for each of many connections opened at once, again and again; it never resumes."""

    connections: int
    arguments: tuple = ("--h1", "--tls13-ciphers=TLS_AES_128_GCM_SHA256")

    def run(self, url, seconds):
        deadline = time.monotonic() + seconds
        outcome = self._burst(url)
        while time.monotonic() < deadline and not outcome.errors:
            outcome += self._burst(url)
        return outcome

    def _burst(self, url):
        text = _output(["h2load", f"-n{self.connections}", f"-c{self.connections}", *self.arguments, url])
        counts = re.search(r"requests: (\d+) total, .* (\d+) succeeded, .*", text)
        if not counts:
            return Outcome(0, f"h2load: {text.strip()}")
        return Outcome(int(counts[2]), "" if counts[1] == counts[2] else counts[0])


@dataclass(frozen=True)
class Multiplexed:
    """HTTP/2 requests on kept connections, so many of them at once on each."""

    connections: int
    streams: int

    def run(self, url, seconds):
        text = _output(["h2load", f"-D{seconds}", f"-c{self.connections}", f"-m{self.streams}", url])
        counts = re.search(r"requests: (\d+) total, .* (\d+) succeeded, (\d+) failed, (\d+) errored, .*", text)
        if not counts:
            return Outcome(0, f"h2load: {text.strip()}")
        return Outcome(int(counts[2]), "" if counts[3] == counts[4] == "0" else counts[0])


@dataclass(frozen=True)
class WebSockets:
    """Messages of 1 KB and their echoes, one at a time on each connection."""

    connections: int

    def run(self, url, seconds):
        parts = urlsplit(url)
        return _wire(self.connections, seconds, "ws", parts.netloc, parts.path)


@dataclass(frozen=True)
class Tunnels:
    """GETs, one after another in each tunnel; the URL's host is the proxy."""

    connections: int
    target: str

    def run(self, url, seconds):
        parts = urlsplit(url)
        return _wire(self.connections, seconds, "connect", parts.netloc, self.target, parts.path)


def _wire(connections, seconds, *arguments):
    text = _output(["wire", *arguments, "--connections", str(connections), "--seconds", str(seconds)])
    done = re.fullmatch(r"(\d+) requests in [\d.]+ s, (\d+ errors.*)\n", text)
    if not done:
        return Outcome(0, f"wire: {text.strip()}")
    return Outcome(int(done[1]), "" if done[2] == "0 errors" else done[2])


def _output(command):
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True).stdout
    except OSError as error:
        return error.strerror
