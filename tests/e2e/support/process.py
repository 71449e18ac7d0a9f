"""The program under test as a process: started, watched, signalled, and judged when it ends."""

import contextlib
import ctypes
import fcntl
import os
import resource
import signal
import subprocess
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
BINARY = Path(os.environ.get("GLADHAND_BINARY") or PROJECT / "build" / "release" / "gladhand")

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _is_sanitized():
    with contextlib.suppress(OSError):
        text = BINARY.read_bytes()
        return b"__asan_init" in text or b"__tsan_init" in text
    return False


IS_SANITIZED = _is_sanitized()
SLACK = 4 if IS_SANITIZED else 1  # how much slower than usual things may be
CUT_AND_END = 31 if IS_SANITIZED else 5  # seconds: kCutting and kEnding of proxy/server/server.cc
PATIENCE = 10 * SLACK             # seconds after which something that should happen counts as not happening


def milliseconds(n):
    """A configured timeout, longer where everything is slower."""
    return f"{n * SLACK}ms"


def eventually(question, what="", timeout=PATIENCE):
    """Asks until the answer is true, and returns it."""
    deadline = time.monotonic() + timeout
    while not (answer := question()):
        if time.monotonic() > deadline:
            raise AssertionError(f"this did not come true within {timeout} s: {what or question}")
        time.sleep(0.01)
    return answer


_FIRST_PASSED = 3  # sd_listen_fds(3)


def prepare_child(open_files=None, passed=()):
    """What a child does between fork and exec: it ends when we do, lives under the limits of the test, and has these sockets."""
    def prepare():
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        copies = [fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, 100) for one in passed]  # out of the way of one another
        for number, copy in enumerate(copies, _FIRST_PASSED):
            os.dup2(copy, number)
        if open_files:
            resource.setrlimit(resource.RLIMIT_NOFILE, (open_files, open_files))
    return prepare


def run_binary(*arguments, cwd=None, env=None):
    """Runs a subcommand that ends by itself."""
    return subprocess.run([BINARY, *arguments], cwd=cwd, env={**os.environ, "NO_COLOR": "1", **(env or {})},
                          capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)


class Process:
    def __init__(self, arguments, directory, open_files=None, env=None, sockets=(), binary=BINARY):
        """`sockets`: (name, socket) of each that it is passed, as systemd does it."""
        names, passed = zip(*sockets) if sockets else ((), ())
        of_systemd = {"LISTEN_FDS": str(len(passed)), "LISTEN_FDNAMES": ":".join(names)} if sockets else {}
        # What the sockets are for is told to one process, by a number that there is only when it runs.
        command = ["sh", "-c", 'LISTEN_PID=$$ exec "$0" "$@"'] if sockets else []
        self.directory = Path(directory)
        self._out = self.directory / "stdout"
        self._err = self.directory / "stderr"
        with open(self._out, "wb") as out, open(self._err, "wb") as err:
            self._child = subprocess.Popen(
                [*command, binary, *arguments], cwd=self.directory, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                env={**os.environ, "NO_COLOR": "1", **of_systemd, **(env or {})}, preexec_fn=prepare_child(open_files, passed),
                pass_fds=range(_FIRST_PASSED, _FIRST_PASSED + len(passed)))
        self.pid = self._child.pid

    @property
    def output(self):
        return self._out.read_bytes().decode("utf-8", "replace")

    @property
    def errors(self):
        return self._err.read_bytes().decode("utf-8", "replace")

    def is_running(self):
        return self._child.poll() is None

    def signal(self, number):
        self._child.send_signal(number)

    def wait(self, timeout=PATIENCE):
        """Its exit status. Where the whole machine stands still for a while, that counts as one look."""
        look = 0.1
        for _ in range(int(timeout / look)):
            with contextlib.suppress(subprocess.TimeoutExpired):
                return self._child.wait(look)
        raise AssertionError(f"still running after {timeout} s:\n{self.errors}")

    def stop(self, expected=0):
        """Ends it the polite way, unless it has ended, and judges how it ended."""
        if self.is_running():
            self.signal(signal.SIGTERM)
        try:
            status = self.wait()
        finally:
            self.kill()
        self.assert_no_report()
        assert status == expected, f"exit status {status}, not {expected}:\n{self.errors[-4000:]}"

    def kill(self):
        if self.is_running():
            self._child.kill()
            self._child.wait()

    def assert_no_report(self):
        for sign in ("Sanitizer", "runtime error:", "Assertion", "terminate called", "stopping has taken"):
            assert sign not in self.errors, self.errors[-20000:]

    def resident_bytes(self):
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize()

    def open_files(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
