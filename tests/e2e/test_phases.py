"""A delay of our own making shows in the phase that is named after it, and in no other."""

import ssl
import time

import pytest

from support.http1 import Wire, response
from support.origin import Origin
from support.tls import SlowTls

DELAY = 0.4
MUCH = DELAY * 0.75  # a busy machine may notice the beginning of the delay late
LITTLE = DELAY * 0.5  # what everything else takes is far below
TLS_PHASES = ["client_hello_wait", "tls_server_flight", "tls_client_flight", "tls", "tls_compute", "first_request"]


def slow_phases(proxy, side="client", phases=TLS_PHASES):
    m = proxy.metrics_when(lambda m: m.received == m.responses and m.count(phases[0], side) >= 1)
    took = {phase: m.seconds(phase, side) for phase in phases}
    assert not [seconds for seconds in took.values() if LITTLE < seconds < MUCH], took
    return {phase for phase, seconds in took.items() if seconds >= MUCH}


@pytest.fixture(params=["TLSv1_2", "TLSv1_3"])
def context(request, authority):
    version = ssl.TLSVersion[request.param]
    return authority.client_context(oldest=version, newest=version)


REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_a_client_that_waits_before_its_hello_is_waited_for_and_tls_is_not_slow(start, origin, context):
    proxy = start(origin, tls=True)
    with SlowTls(proxy.https, context) as client:
        assert client.shake_hands(before_hello=DELAY).request(REQUEST).startswith(b"HTTP/1.1 200")
    assert slow_phases(proxy) == {"client_hello_wait"}


def test_a_client_that_waits_before_its_finished_is_slow_in_its_own_flight(start, origin, context):
    proxy = start(origin, tls=True)
    with SlowTls(proxy.https, context) as client:
        assert client.shake_hands(before_finished=DELAY).request(REQUEST).startswith(b"HTTP/1.1 200")
    # `tls` is the whole handshake, the client's flight included.
    assert slow_phases(proxy) == {"tls_client_flight", "tls"}


def test_a_client_whose_hello_comes_in_two_pieces_is_slow_in_tls_and_we_are_not(start, origin, context):
    proxy = start(origin, tls=True)
    with SlowTls(proxy.https, context) as client:
        hello = client.client_hello()
        client.send(hello[:50])
        time.sleep(DELAY)
        client.send(hello[50:])
        client.send(client.read_server_flight())
        client.finish()
        assert client.request(REQUEST).startswith(b"HTTP/1.1 200")
    assert slow_phases(proxy) == {"tls"}


def test_a_client_that_waits_before_its_request_is_slow_in_first_request(start, origin, context):
    proxy = start(origin, tls=True)
    with SlowTls(proxy.https, context) as client:
        client.shake_hands()
        time.sleep(DELAY)
        assert client.request(REQUEST).startswith(b"HTTP/1.1 200")
    assert slow_phases(proxy) == {"first_request"}


def test_an_origin_that_waits_before_its_answer_is_slow_in_first_byte(start, context):
    def answer(request, wire):
        time.sleep(DELAY)
        return response()
    with Origin(answer) as origin:
        proxy = start(origin, tls=True)
        with SlowTls(proxy.https, context) as client:
            client.shake_hands().request(REQUEST)
        assert slow_phases(proxy) == set()
        assert slow_phases(proxy, "upstream", ["first_byte", "pool_wait", "tcp"]) == {"first_byte"}


def test_a_request_that_waits_for_a_connection_is_slow_in_pool_wait(start):
    def answer(request, wire):
        time.sleep(DELAY if request.target == "/first" else 0)
        return response()
    with Origin(answer) as origin:
        proxy = start(origin, upstream={"max_connections": 1})
        with Wire.connect(proxy.http) as first, Wire.connect(proxy.http) as second:
            first.get("/first")
            origin.wait_for(1)
            second.get("/second")
            assert first.read_response().status == second.read_response().status == 200
        line, = [line for line in proxy.log_lines(2) if line["target"] == "/second"]
    assert line["upstream"]["pool_wait"] > LITTLE * 1e6 > line["upstream"]["first_byte"]


def test_the_access_log_tells_the_same_story_in_microseconds(start, origin, context):
    proxy = start(origin, tls=True)
    with SlowTls(proxy.https, context) as client:
        client.shake_hands(before_hello=DELAY).request(REQUEST)
    line, = proxy.log_lines(1)
    assert MUCH * 1e6 <= line["client"]["client_hello_wait"] < DELAY * 20e6
    assert line["client"]["tls"] < LITTLE * 1e6 and line["duration"] < LITTLE * 1e6


def test_a_handshake_is_charged_once_however_many_requests_follow(start, origin, context):
    proxy = start(origin, tls=True)
    with SlowTls(proxy.https, context) as client:
        client.shake_hands(before_finished=DELAY)
        for _ in range(3):
            client.request(REQUEST)
    lines = proxy.log_lines(3)
    assert ["tls" in line["client"] for line in lines] == [True, False, False]
    assert [line["client"]["reused"] for line in lines] == [False, True, True]
    assert [line["upstream"]["reused"] for line in lines] == [False, True, True]
