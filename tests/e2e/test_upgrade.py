"""Another process in the place of the one that runs, by SIGUSR2: nobody is turned away, and what cannot start changes nothing."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
from pathlib import Path

import pytest

from support.commands import start_curl
from support.http1 import Wire, response
from support.node import Script, Server
from support.origin import Origin
from support.ports import free_port
from support.process import BINARY, IS_SANITIZED, PATIENCE, eventually
from support.proxy import Proxy, configuration

UPGRADES = 3 if IS_SANITIZED else 10


class Line:
    """The processes that follow one another, of which `first` alone is our child. All write to its files."""

    def __init__(self, first):
        self.first = first

    def successors(self):
        return list(map(int, re.findall(r"process (\d+) serves from now on", self.first.errors)))

    @property
    def pid(self):
        """Of the one that serves."""
        return ([self.first.pid] + self.successors())[-1]

    def ask_for_upgrade(self):
        os.kill(self.pid, signal.SIGUSR2)

    def upgrade(self):
        """The process that was there before, which drains now."""
        before, count = self.pid, len(self.successors())
        self.ask_for_upgrade()
        eventually(lambda: len(self.successors()) > count, lambda: self.first.errors, timeout=2 * PATIENCE)
        return before

    def end(self):
        """Ends those that still run, and waits for that."""
        for pid in self.successors():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        try:
            eventually(lambda: not any(map(runs, self.successors())), "successors end")
        finally:
            for pid in filter(runs, self.successors()):
                os.kill(pid, signal.SIGKILL)


def runs(pid):
    """Whoever has ended and is nobody's child to wait for does not run."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def lineage(start):
    """`lineage(...)`: as `start`, and whoever follows ends with the test."""
    lines = []

    def begin(*origins, **settings):
        lines.append(Line(start(*origins, **settings)))
        return lines[-1]
    yield begin
    for line in lines:
        line.end()
        line.first.assert_no_report()


def ask(port):
    with Wire.connect(port) as wire:
        wire.get()
        return wire.read_response().body


def failed(line):
    return line.first.metrics().total("gladhand_upgrades_failed_total")


class Load:
    """curl, one request after the other on a connection that is kept, again and again: none may fail."""

    COUNT = 500

    def __init__(self, url, *options):
        self._command = ("--insecure", "--write-out", "%{http_code}\\n", "--output", "/dev/null", *options, f"{url}?[1-{self.COUNT}]")
        self._running = None
        self.succeeded = 0

    def go_on(self):
        if self._running and self._running.poll() is not None:
            self.end()
        self._running = self._running or start_curl(*self._command)

    def end(self):
        out, errors = self._running.communicate(timeout=6 * PATIENCE)
        assert out.decode().split() == ["200"] * self.COUNT and self._running.returncode == 0, f"{self._command}: {errors.decode()}"
        self.succeeded += self.COUNT
        self._running = None


def test_one_upgrade_after_another_under_load_loses_no_request_and_closes_no_websocket(lineage, nginx):
    with Server("websocket_echo.js") as echo:
        line = lineage(tls=True, server={"workers": 2, "drain_timeout": "10m"}, routes=[{"match": {"path": "/ws"}, "upstream": "chat"}, {"upstream": "app"}],
                       upstreams={"app": {"endpoints": [nginx.endpoint]}, "chat": {"endpoints": [echo.endpoint]}})
        proxy = line.first
        with Script("websocket_crowd.js", proxy.url("/ws").replace("http", "ws", 1), 5) as crowd:
            assert crowd.line() == "open"
            loads = [Load(proxy.url("/hello"), "--http1.1"), Load(proxy.url("/hello", "https"), "--http2"), Load(proxy.url("/hello", "https"), "--http1.1"),
                     Load(proxy.url("/hello"), "--http1.1", "--header", "Connection: close")]
            for number in range(UPGRADES):
                for load in loads:
                    load.go_on()
                before = line.upgrade()
                if number > 0:
                    eventually(lambda: not runs(before), "a process without WebSockets ends when it is drained")
                crowd.say("?")
                assert crowd.word()["closed"] == 0
            for load in loads:
                load.end()
            eventually(lambda: (crowd.say("?"), crowd.word()["echoed"] > 0)[1], "every WebSocket still talks, to the first process")
            assert proxy.is_running() and len(line.successors()) == UPGRADES
            proxy.signal(signal.SIGTERM)  # which is its second
            assert proxy.wait() == 4, "it had to cut the WebSockets"


def test_a_websocket_stays_until_the_drain_timeout(lineage, origin):
    with Server("websocket_echo.js") as echo:
        line = lineage(origin, server={"drain_timeout": "2s"}, routes=[{"upstream": "chat"}], upstreams={"chat": {"endpoints": [echo.endpoint]}})
        with Script("websocket_crowd.js", line.first.url("/ws").replace("http", "ws", 1), 1) as crowd:
            assert crowd.line() == "open"
            line.upgrade()
            eventually(lambda: (crowd.say("?"), crowd.word()["echoed"] > 0)[1], "it goes on", timeout=1.5)
            assert line.first.wait() == 4
            eventually(lambda: (crowd.say("?"), crowd.word()["closed"] == 1)[1])


def test_the_new_process_has_the_configuration_and_the_admin_listener(lineage, origin):
    with Origin(lambda request, wire: response(b"new")) as green:
        line = lineage(origin, server={"workers": 3})
        proxy, more = line.first, free_port()
        assert ask(proxy.http) == b"ok"
        started = json.loads(proxy.admin.get("/api/v1/status")[1])["started"]
        text = proxy.config.read_text().replace(origin.endpoint, green.endpoint).replace("workers = 3", "workers = 2")
        proxy.config.write_text(text.replace("[[route]]", f'[[listener]]\nname = "more"\naddress = "127.0.0.1:{more}"\n\n[[route]]'))
        line.upgrade()
        assert proxy.wait() == 0
        assert ask(proxy.http) == ask(more) == b"new"
        assert json.loads(proxy.admin.get("/api/v1/status")[1])["started"] > started
        assert proxy.metrics().total("gladhand_workers") == 3, "as many as there are sockets in which clients may wait"
        assert "there are as many workers as before, 3" in proxy.errors


def test_ports_that_the_kernel_chose_stay(lineage, origin):
    line = lineage(origin, listener={"address": "127.0.0.1:0"})
    port = int(re.search(r"listening on 127.0.0.1:(\d+) as http", line.first.errors)[1])
    line.upgrade()
    assert line.first.wait() == 0
    assert ask(port) == b"ok"


def test_a_listener_that_the_new_configuration_does_not_have_goes(lineage, origin):
    line = lineage(origin, tls={"self_signed": True})
    proxy = line.first
    text = proxy.config.read_text()
    begin = text.index("[[listener]]", text.index("[[listener]]") + 1)
    proxy.config.write_text(text[:begin] + text[text.index("[upstream"):])
    line.upgrade()
    assert proxy.wait() == 0
    assert ask(proxy.http) == b"ok"
    with pytest.raises(ConnectionRefusedError):
        Wire.connect(proxy.https)


def test_a_configuration_that_is_wrong_changes_nothing_and_is_counted(lineage, origin):
    line = lineage(origin)
    proxy = line.first
    good = proxy.config.read_text()
    for number, wrong in enumerate(["[[listener]]\nadress = 1\n", good.replace("[[route]]", f'[[listener]]\naddress = "127.0.0.1:{origin.port}"\n\n[[route]]')], 1):
        proxy.config.write_text(wrong)
        line.ask_for_upgrade()
        eventually(lambda: failed(line) == number)
        assert proxy.errors.count("the new process does not serve") == number
        assert ask(proxy.http) == b"ok" and proxy.admin.is_ready()
    assert "did you mean `address`?" in proxy.errors and "E052" in proxy.errors
    proxy.config.write_text(good)
    line.upgrade()
    assert proxy.wait() == 0
    assert ask(proxy.http) == b"ok" and failed(line) == 0


@pytest.fixture
def copied(tmp_path, origin):
    """A proxy whose binary may be replaced."""
    binary = tmp_path / "gladhand"
    shutil.copy(BINARY, binary)
    text, ports, admin = configuration([{"upstream": "app"}], {"app": {"endpoints": [origin.endpoint]}})
    proxy = Proxy(tmp_path, text, ports, admin, binary=binary).wait_until_ready()
    line = Line(proxy)
    yield line, binary
    line.end()
    if proxy.is_running():
        proxy.stop()
    proxy.assert_no_report()


def test_the_binary_that_took_the_place_of_ours_is_started(copied):
    line, binary = copied
    new = binary.with_name("new")
    shutil.copy(BINARY, new)
    os.replace(new, binary)
    assert os.readlink(f"/proc/{line.first.pid}/exe").endswith(" (deleted)")
    line.upgrade()
    assert line.first.wait() == 0
    assert os.readlink(f"/proc/{line.pid}/exe") == str(binary)


@pytest.mark.parametrize("what", ["missing", "no_program", "ends_at_once"])
def test_a_binary_that_cannot_be_started_changes_nothing(copied, what):
    line, binary = copied
    binary.unlink()
    if what != "missing":
        binary.write_text("#!/bin/false\n" if what == "ends_at_once" else "no program")
        binary.chmod(0o755)
    line.ask_for_upgrade()
    eventually(lambda: failed(line) == 1)
    assert "the new process does not serve" in line.first.errors
    assert ask(line.first.http) == b"ok"


def test_who_ends_meanwhile_takes_the_new_process_along(copied):
    line, binary = copied
    binary.unlink()
    binary.write_text("#!/bin/sh\necho $$ >successor\nexec sleep 60\n")
    binary.chmod(0o755)
    line.ask_for_upgrade()
    successor = binary.with_name("successor")
    pid = int(eventually(lambda: successor.exists() and successor.read_text().strip()))
    line.first.signal(signal.SIGTERM)
    assert line.first.wait() == 0
    eventually(lambda: not runs(pid))


def test_a_second_wish_while_one_is_under_way_is_refused(copied):
    line, binary = copied
    binary.unlink()
    binary.write_text("#!/bin/sh\nsleep 1\nexit 1\n")
    binary.chmod(0o755)
    line.ask_for_upgrade()
    eventually(lambda: "to take over" in line.first.errors)
    line.ask_for_upgrade()
    eventually(lambda: "is being started anew already" in line.first.errors)
    eventually(lambda: failed(line) == 1)


def test_the_service_manager_learns_who_is_the_service_now(lineage, origin, tmp_path, monkeypatch):
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(tmp_path / "notify"))
    manager.settimeout(PATIENCE)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "600000")
    line = lineage(origin)
    monkeypatch.delenv("NOTIFY_SOCKET")
    line.upgrade()
    seen = []
    while not seen or not seen[-1].startswith("MAINPID"):
        assert len(seen) < 100, seen  # the watchdog is fed for ever
        seen.append(manager.recv(4096).decode())
    assert seen[-1] == f"MAINPID={line.pid}"
    assert seen.count("READY=1") == 2, "the new one is ready before the old one leaves"
    assert line.first.wait() == 0
    after = [manager.recv(4096).decode() for _ in range(3)]
    assert set(after) == {"WATCHDOG=1"}, "the old one says nothing more, and the new one feeds the watchdog"
    manager.close()
