"""How a proxy ends: nothing that was begun is lost, unless it takes too long."""

import signal
import threading
import time

import pytest

from support.http1 import Wire, response
from support.origin import Origin
from support.process import PATIENCE, SLACK, eventually, milliseconds
from support.proxy import Admin


class Gate(Origin):
    """Holds every answer back until `open()`."""

    def __init__(self):
        self._opened = threading.Event()
        super().__init__(self._reply)

    def _reply(self, request, wire):
        self._opened.wait(PATIENCE)
        return response(b"done")

    def open(self):
        self._opened.set()


@pytest.fixture
def gate():
    with Gate() as origin:
        yield origin
        origin.open()


def refuses(port):
    try:
        Wire.connect(port).close()
        return False
    except ConnectionError:
        return True


@pytest.mark.parametrize("workers", [1, 2])
def test_requests_in_flight_are_answered_and_their_connections_closed(start, gate, authority, workers):
    proxy = start(gate, tls=True, server={"workers": workers})
    wires = [Wire.connect(proxy.http) for _ in range(20)] + [Wire.connect(proxy.https, authority.client_context()) for _ in range(20)]
    for wire in wires:
        wire.get()
    gate.wait_for(40)
    proxy.signal(signal.SIGTERM)
    eventually(lambda: refuses(proxy.http) and refuses(proxy.https), "no more clients are accepted")
    assert proxy.is_running()
    gate.open()
    for wire in wires:
        got = wire.read_response()
        assert (got.status, got.body) == (200, b"done")
        assert got.fields.get("Connection").lower() == "close"
        assert wire.is_at_end()
    assert proxy.wait() == 0
    assert sum(line["event"] == "exchange" for line in proxy.log_lines()) == 40, "the log is written out before the end"


def test_uploads_and_downloads_in_flight_are_finished(start, scripted_origin):
    proxy = start(scripted_origin)
    with Wire.connect(proxy.http) as client:
        client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\n01234")
        with scripted_origin.accept() as server:
            request = server.read_request_head()
            proxy.signal(signal.SIGTERM)
            eventually(lambda: refuses(proxy.http))
            client.send("56789")
            server.read_body(request)
            assert request.body == b"0123456789"
            server.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabcde")
            head = client.read_response_head()
            server.send("fghij")
            client.read_body(head)
            assert head.body == b"abcdefghij"
    assert proxy.wait() == 0


def test_idle_connections_are_closed_at_once(start, origin, authority):
    proxy = start(origin, tls=True)
    with Wire.connect(proxy.http) as unused, Wire.connect(proxy.http) as used, \
            Wire.connect(proxy.https, authority.client_context()) as secure, Wire.connect(proxy.https) as silent:
        for wire in (used, secure):
            wire.get()
            assert wire.read_response().status == 200
        proxy.signal(signal.SIGTERM)
        assert unused.is_at_end() and used.is_at_end() and secure.is_at_end() and silent.is_at_end()
    assert proxy.wait(5 * SLACK) == 0


def test_during_shutdown_delay_it_is_not_ready_and_still_accepts(start, origin):
    proxy = start(origin, server={"shutdown_delay": milliseconds(1000)})
    assert proxy.admin.get("/readyz")[0] == 200
    proxy.signal(signal.SIGTERM)
    eventually(lambda: proxy.admin.get("/readyz")[0] == 503, "/readyz answers 503", timeout=0.9 * SLACK)
    assert proxy.admin.get("/livez")[0] == 200
    with Wire.connect(proxy.http) as wire:
        wire.get()
        assert wire.read_response().status == 200
    assert proxy.wait() == 0


def test_while_draining_it_is_not_ready_and_its_metrics_can_be_read(start, gate):
    proxy = start(gate)
    with Wire.connect(proxy.http) as wire:
        wire.get()
        gate.wait_for(1)
        proxy.signal(signal.SIGTERM)
        eventually(lambda: proxy.admin.get("/readyz")[0] == 503)
        assert proxy.metrics().received == 1
        gate.open()
        assert wire.read_response().status == 200
    assert proxy.wait() == 0


def test_what_outlasts_drain_timeout_is_cut_and_the_exit_status_says_so(start, gate):
    proxy = start(gate, server={"drain_timeout": milliseconds(300)})
    with Wire.connect(proxy.http) as wire:
        wire.get()
        gate.wait_for(1)
        begun = time.monotonic()
        proxy.signal(signal.SIGTERM)
        assert wire.receive_all() == b""
        assert proxy.wait() == 4
        assert 0.25 * SLACK < time.monotonic() - begun
    proxy.assert_no_report()


@pytest.mark.parametrize("first, second", [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGTERM), (signal.SIGTERM, signal.SIGINT)])
def test_a_second_signal_ends_it_at_once(start, gate, first, second):
    proxy = start(gate, server={"drain_timeout": "1h"})
    with Wire.connect(proxy.http) as wire:
        wire.get()
        gate.wait_for(1)
        proxy.signal(first)
        eventually(lambda: refuses(proxy.http))
        proxy.signal(second)
        assert proxy.wait(5 * SLACK) == 4
    proxy.assert_no_report()


def test_a_second_signal_cuts_shutdown_delay_short(start, origin):
    proxy = start(origin, server={"shutdown_delay": "1h"})
    proxy.signal(signal.SIGTERM)
    eventually(lambda: proxy.admin.get("/readyz")[0] == 503)
    proxy.signal(signal.SIGTERM)
    assert proxy.wait(5 * SLACK) in (0, 4)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_an_idle_proxy_ends_soon_and_well(start, origin, number):
    proxy = start(origin, server={"workers": 2})
    proxy.signal(number)
    assert proxy.wait(5 * SLACK) == 0


def test_sigquit_waits_for_as_long_as_it_takes(start, gate):
    proxy = start(gate, server={"drain_timeout": "50ms"})
    with Wire.connect(proxy.http) as wire:
        wire.get()
        gate.wait_for(1)
        proxy.signal(signal.SIGQUIT)
        assert wire.is_silent(0.3)
        gate.open()
        assert wire.read_response().status == 200
    assert proxy.wait() == 0


def test_a_vanished_client_does_not_hold_up_the_end(start, gate):
    proxy = start(gate)
    with Wire.connect(proxy.http) as wire:
        wire.get()
        gate.wait_for(1)
        wire.reset()
    proxy.signal(signal.SIGTERM)
    assert proxy.wait(3 * SLACK) == 0


def test_the_ports_are_free_again_afterwards(start, origin):
    proxy = start(origin)
    with Wire.connect(proxy.http) as wire:
        wire.get()
        wire.read_response()
        proxy.stop()
    assert refuses(proxy.http)
    with Origin(port=proxy.http):
        pass
    assert not Admin(proxy.admin.port).is_ready()
