"""What a service manager is told, by the protocol of sd_notify(3), and what it finds out by itself."""

import contextlib
import ctypes
import os
import signal
import socket
import time

import pytest

from support.http1 import Wire
from support.process import CUT_AND_END, PATIENCE, SLACK, eventually


class Manager:
    """Receives what the proxy says of itself."""

    def __init__(self, address):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.settimeout(PATIENCE)

    def message(self):
        """The next one, as {name: value}."""
        return dict(line.split("=", 1) for line in self._socket.recv(65536).decode().split("\n"))

    def until(self, name):
        """All messages up to the first with that name."""
        seen = [self.message()]
        while name not in seen[-1]:
            seen.append(self.message())
        return seen

    def heartbeats(self, seconds):
        """How many come in that time."""
        end, count = time.monotonic() + seconds, 0
        while (left := end - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                count += "WATCHDOG" in self.message()
            except TimeoutError:
                break
        self._socket.settimeout(PATIENCE)
        return count

    def close(self):
        self._socket.close()


_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
SEIZE, INTERRUPT, DETACH, EVERY_CHILD = 0x4206, 0x4207, 17, 0x40000000


@contextlib.contextmanager
def frozen(threads):
    """These threads, and no others of their process, stand still meanwhile (ptrace(2))."""
    stopped = []
    try:
        for thread in threads:
            assert _libc.ptrace(SEIZE, thread, None, None) == 0, os.strerror(ctypes.get_errno())
            stopped.append(thread)
            _libc.ptrace(INTERRUPT, thread, None, None)
            os.waitpid(thread, EVERY_CHILD)
        yield
    finally:
        for thread in stopped:
            _libc.ptrace(DETACH, thread, None, None)


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path, monkeypatch):
    """Where the proxies that the test starts find it."""
    name = f"gladhand-{os.getpid()}-{request.node.name}"
    address = str(tmp_path / "notify") if request.param == "path" else "\0" + name
    monkeypatch.setenv("NOTIFY_SOCKET", address.replace("\0", "@"))
    made = Manager(address)
    yield made
    made.close()


def test_readiness_is_told_once_clients_are_served(manager, start, origin):
    proxy = start(origin, is_ready=False)
    *before, ready = manager.until("READY")
    assert ready["READY"] == "1"
    assert proxy.admin.get("/readyz")[0] == 200, "true the moment it is said"
    with Wire.connect(proxy.http) as wire:
        wire.get()
        assert wire.read_response().status == 200
    assert [message["STATUS"] for message in before] == ["serving"]


def test_the_end_is_told_when_it_begins_with_the_time_that_it_may_take(manager, start, origin):
    proxy = start(origin, server={"shutdown_delay": "300ms", "drain_timeout": "90s"})
    manager.until("READY")
    proxy.signal(signal.SIGTERM)
    *before, stopping = manager.until("STOPPING")
    assert proxy.is_running(), "told before, not after"
    assert stopping["STOPPING"] == "1" and int(stopping["EXTEND_TIMEOUT_USEC"]) == 90_300_000 + CUT_AND_END * 1_000_000
    assert "still accepting" in before[-1]["STATUS"]
    assert "draining" in manager.until("STATUS")[-1]["STATUS"]
    assert proxy.wait() == 0


def test_an_end_without_a_deadline_names_none(manager, start, origin):
    proxy = start(origin)
    manager.until("READY")
    proxy.signal(signal.SIGQUIT)
    assert manager.until("STOPPING")[-1] == {"STOPPING": "1"}
    assert proxy.wait() == 0


def test_a_start_that_fails_is_never_called_ready(manager, start, origin):
    first = start(origin)
    manager.until("READY")
    first.signal(signal.SIGSTOP)  # says nothing more, and keeps its ports
    second = start(origin, server={"admin": f"127.0.0.1:{first.admin.port}"}, is_ready=False)
    assert second.wait() == 3
    first.signal(signal.SIGCONT)
    first.signal(signal.SIGTERM)
    assert not any("READY" in message for message in manager.until("STOPPING"))
    assert first.wait() == 0


@pytest.mark.parametrize("workers", [1, 3])
def test_the_watchdog_is_fed_while_all_event_loops_turn(manager, start, origin, monkeypatch, workers):
    monkeypatch.setenv("WATCHDOG_USEC", str(600_000 * SLACK))
    proxy = start(origin, server={"workers": workers})
    manager.until("READY")
    assert manager.heartbeats(2.0 * SLACK) >= 4
    proxy.stop()


def test_a_process_that_hangs_feeds_no_watchdog(manager, start, origin, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", str(300_000 * SLACK))
    proxy = start(origin)
    manager.until("WATCHDOG")
    proxy.signal(signal.SIGSTOP)
    eventually(lambda: manager.heartbeats(1.0 * SLACK) == 0)
    proxy.signal(signal.SIGCONT)
    manager.until("WATCHDOG")
    proxy.stop()


def test_a_worker_that_hangs_feeds_no_watchdog_though_the_rest_lives(manager, start, origin, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", str(300_000 * SLACK))
    proxy = start(origin, server={"workers": 2})
    manager.until("WATCHDOG")
    with frozen(thread for thread in map(int, os.listdir(f"/proc/{proxy.pid}/task")) if thread != proxy.pid):
        eventually(lambda: manager.heartbeats(1.0 * SLACK) == 0)
        assert proxy.admin.get("/livez")[0] == 200, "the main thread goes on"
    manager.until("WATCHDOG")
    proxy.stop()


def test_without_a_watchdog_nothing_is_fed(manager, start, origin):
    proxy = start(origin)
    manager.until("READY")
    assert manager.heartbeats(0.5) == 0
    proxy.stop()


def test_a_manager_that_is_gone_does_no_harm(start, origin, monkeypatch, tmp_path):
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    proxy = start(origin)
    assert "NOTIFY_SOCKET" in proxy.errors
    proxy.stop()
