"""Endpoints that are checked, end, and come back, under load; and requests that are tried again."""

import collections
import json
import os
import signal
import threading

import pytest

from support.http1 import Wire, response
from support.origin import Nginx, Origin
from support.process import eventually

CHECKS = {"path": "/empty", "interval": "100ms", "timeout": "100ms", "unhealthy_after": 2, "healthy_after": 2}


@pytest.fixture
def two(tmp_path):
    servers = [Nginx(tmp_path / name) for name in ("one", "two")]
    yield servers
    for server in servers:
        server.kill()


def states(proxy):
    [app] = json.loads(proxy.admin.get("/api/v1/upstreams")[1])["upstreams"]
    return {endpoint["url"]: endpoint for endpoint in app["endpoints"]}


def is_up(proxy, server):
    return proxy.metrics().total("gladhand_upstream_endpoint_healthy", upstream="app", endpoint=server.endpoint) == 1


class Load:
    """Asks without pause, each request on a connection of its own, and counts the statuses."""

    def __init__(self, proxy, threads=4):
        self.statuses = collections.Counter()
        self._proxy, self._ends, self._lock = proxy, threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._run) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def count(self):
        with self._lock:
            return sum(self.statuses.values())

    def take(self):
        """What has come since the last take."""
        with self._lock:
            taken, self.statuses = self.statuses, collections.Counter()
            return taken

    def wait_for(self, more):
        target = self.count() + more
        eventually(lambda: self.count() >= target, f"{more} more requests")

    def end(self):
        self._ends.set()
        for thread in self._threads:
            thread.join()

    def _run(self):
        while not self._ends.is_set():
            try:
                with Wire.connect(self._proxy.http) as wire:
                    wire.get("/hello")
                    status = wire.read_response().status
            except OSError as error:
                status = type(error).__name__
            with self._lock:
                self.statuses[status] += 1


def test_an_endpoint_that_is_killed_is_left_alone_once_its_checks_have_seen_it_and_used_when_it_is_back(start, two):
    one, other = two
    proxy = start(one, other, upstream={"health": CHECKS, "timeouts": {"connect": "1s"}}, server={"workers": 2})
    load = Load(proxy)
    try:
        load.wait_for(50)
        one.kill()
        eventually(lambda: not is_up(proxy, one), "the endpoint is down")
        load.take()
        dials = proxy.metrics().total("gladhand_handshakes_total", side="upstream", result="refused")
        load.wait_for(200)
        assert set(load.take()) == {200}
        assert proxy.metrics().total("gladhand_handshakes_total", side="upstream", result="refused") == dials, "nobody tries what is down"
        found = states(proxy)
        assert found[one.endpoint]["state"] == "down" and found[one.endpoint]["reason"] == "The endpoint refused the connection."
        assert found[one.endpoint]["since"].endswith("Z") and found[other.endpoint] == {"url": other.endpoint, "state": "up"}
        one.start()
        eventually(lambda: is_up(proxy, one), "the endpoint is up again")
        load.take()
        load.wait_for(200)
        assert set(load.take()) == {200}
        eventually(lambda: states(proxy)[one.endpoint]["state"] == "up", "no dial that failed counts any more")
    finally:
        load.end()
    assert f"endpoint {one.endpoint} of upstream app is down after 2 failed checks: The endpoint refused the connection." in proxy.errors
    assert f"endpoint {one.endpoint} of upstream app is up again" in proxy.errors


def test_a_reload_keeps_what_is_known_and_checks_are_not_traffic(start, two):
    one, other = two
    one.kill()
    proxy = start(one, other, upstream={"health": CHECKS})
    eventually(lambda: not is_up(proxy, one), "the endpoint is down")
    proxy.config.write_text(proxy.config.read_text() + '\n[[route]]\nupstream = "app"\n')
    before = proxy.metrics()
    proxy.signal(signal.SIGHUP)
    after = proxy.metrics_when(lambda m: m.total("gladhand_config_reloads_total", result="ok") == 1)
    assert not is_up(proxy, one)
    assert proxy.errors.count("is down") == 1, "that is news once"
    failed = [m.total("gladhand_health_checks_total", upstream="app", result="failed") for m in (before, after)]
    assert 2 <= failed[0] <= failed[1]
    assert after.total("gladhand_handshake_attempts_total", side="upstream") == 0
    proxy.metrics_when(lambda m: m.total("gladhand_health_checks_total", upstream="app", result="ok") > 5)


def test_an_endpoint_that_hangs_is_down_by_its_timeout(start, two):
    one, other = two
    proxy = start(one, other, upstream={"health": CHECKS})
    os.kill(one._child.pid, signal.SIGSTOP)
    eventually(lambda: not is_up(proxy, one), "the endpoint is down")
    assert states(proxy)[one.endpoint]["reason"] == "The endpoint did not answer the request in time."
    assert proxy.metrics().total("gladhand_health_checks_total", result="timeout") >= 2
    os.kill(one._child.pid, signal.SIGCONT)
    eventually(lambda: is_up(proxy, one), "the endpoint is up again")


def test_when_all_are_down_that_is_said_once_and_all_are_asked(start):
    with Origin(lambda request, wire: response(status="500 Ill" if request.target == "/empty" else "200 OK")) as origin:
        proxy = start(origin, upstream={"health": CHECKS})
        eventually(lambda: "no endpoint of upstream app is up: requests are sent to all of them" in proxy.errors, "the log says so")
        with Wire.connect(proxy.http) as wire:
            wire.get("/")
            assert wire.read_response().status == 200
        assert proxy.errors.count("no endpoint of upstream app is up") == 1


def test_a_request_that_one_endpoint_cannot_serve_is_served_by_another(start):
    with Origin(lambda request, wire: response(status="503 Tired")) as tired, Origin() as awake:
        proxy = start(tired, awake, route={"retry": {"attempts": 2, "on": ["503"]}})
        with Wire.connect(proxy.http) as wire:
            for _ in range(10):
                wire.get("/")
                assert wire.read_response().status == 200
        assert len(tired.requests) == 5 and tired.connections == 1, "what it said was read to its end"
        assert proxy.idle_metrics(10).total("gladhand_upstream_retries_total", upstream="app") == 5
        assert sorted(line["attempts"] for line in proxy.log_lines(10) if "attempts" in line) == [1] * 5 + [2] * 5
