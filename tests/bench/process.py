"""A server process: pinned, metered, and gone when we are."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_STOP_SECONDS = 2
_SETTLE_SECONDS = 1
_QUIET_NS = 100_000  # less work than this in 20 ms is idling
_libc = ctypes.CDLL(None)


class Process:
    """Leads a process group of its own, so all its workers can be found, metered and stopped."""

    def __init__(self, command, cpu, log_path, environment):
        def prepare():
            os.sched_setaffinity(0, {cpu})
            # TERM rather than KILL: a killed nginx master would leave its worker behind.
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

        self._log_path = log_path
        with open(log_path, "ab") as log:
            self._leader = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **environment}, start_new_session=True, preexec_fn=prepare)

    def is_running(self):
        # WNOWAIT leaves a dead leader unreaped: its id, which names the group, cannot be reused.
        return os.waitid(os.P_PID, self._leader.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def cpu_ns(self):
        """CPU time of all threads, read when the work is over: the kernel books it at switches."""
        deadline = time.monotonic() + _SETTLE_SECONDS
        now, before = self._booked_ns(), None
        while (before is None or now - before > _QUIET_NS) and time.monotonic() < deadline:
            time.sleep(0.02)
            now, before = self._booked_ns(), now
        return now

    def pss_bytes(self):
        total = 0
        for pid in self._pids():
            with contextlib.suppress(OSError, StopIteration):
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                total += next(int(line.split()[1]) for line in rollup if line.startswith("Pss:")) * 1024
        return total

    def cpus(self):
        """Where its threads may run: a proxy could have moved them."""
        return set().union(*(os.sched_getaffinity(int(task.name)) for task in self._tasks()))

    def log_tail(self):
        return "\n".join(Path(self._log_path).read_text(errors="replace").splitlines()[-8:])

    def stop(self):
        self._signal_group(signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while self.is_running() and time.monotonic() < deadline:
            time.sleep(0.02)
        self._signal_group(signal.SIGKILL)  # workers may outlive their master
        self._leader.wait()

    def _signal_group(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._leader.pid, number)

    def _pids(self):
        for name in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(ProcessLookupError):
                if os.getpgid(int(name)) == self._leader.pid:
                    yield int(name)

    def _tasks(self):
        for pid in self._pids():
            with contextlib.suppress(FileNotFoundError):
                yield from Path(f"/proc/{pid}/task").iterdir()

    def _booked_ns(self):
        total = 0
        for task in self._tasks():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                total += int((task / "schedstat").read_text().split()[0])
        return total
