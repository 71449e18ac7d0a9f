"""Answers that the proxy makes itself: each with its status, its Proxy-Status, and a connection that goes on or ends."""

import re

import pytest

from support.http1 import Wire, response
from support.origin import Origin
from support.ports import free_port
from support.process import milliseconds

GET = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"

# What was sent, the status, the error of RFC 9209, and whether the connection goes on.
REFUSED = {
    "a request that is no HTTP": ("nonsense\r\n\r\n", 400, "http_request_error", False),
    "a request line that is too long": (f"GET /{'a' * 9000} HTTP/1.1\r\nHost: a.test\r\n\r\n", 414, "http_request_error", False),
    "a header section that is too large": (f"GET / HTTP/1.1\r\nHost: a.test\r\nX: {'a' * 40_000}\r\n\r\n", 431, "http_request_error", False),
    "too many fields": ("GET / HTTP/1.1\r\nHost: a.test\r\n" + "X: 1\r\n" * 101 + "\r\n", 431, "http_request_error", False),
    "a body that is too large": ("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2001\r\n\r\n", 413, "http_request_error", False),
    "a transfer coding that is unknown": ("POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "http_request_error", False),
    "a version that is unknown": ("GET / HTTP/3.0\r\nHost: a.test\r\n\r\n", 505, "http_request_error", False),
    "an expectation that is unknown": ("GET / HTTP/1.1\r\nHost: a.test\r\nExpect: tea\r\n\r\n", 417, "http_request_error", True),
    "a TRACE": ("TRACE / HTTP/1.1\r\nHost: a.test\r\n\r\n", 405, "http_request_error", True),
    "a CONNECT": ("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n", 405, "http_request_error", None),
    "a host that nobody routes": ("GET / HTTP/1.1\r\nHost: z.test\r\n\r\n", 404, "destination_not_found", True),
}


def assert_local(got, status, error):
    assert got.status == status
    assert re.match(rf"gladhand; error={error}($|;)", got.fields.get("Proxy-Status") or ""), got.fields
    assert got.fields.get("Content-Length") == str(len(got.body)) and got.body
    assert got.fields.get("Date")


@pytest.fixture(scope="module")
def strict(start_for_module):
    with Origin() as origin:
        yield start_for_module(origin, route={"match": {"host": "a.test"}},
                               listener={"limits": {"body_bytes": 2000}, "timeouts": {"header": milliseconds(300),
                                                                                      "body": milliseconds(300)}})


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_forwarded_is_answered_here(strict, case):
    text, status, error, goes_on = REFUSED[case]
    with Wire.connect(strict.http) as wire:
        wire.send(text)
        got = wire.read_response()
        assert_local(got, status, error)
        if goes_on:
            wire.send(GET)
            assert wire.read_response().status == 200
        elif goes_on is False:
            assert got.fields.get("Connection").lower() == "close"
            assert wire.is_at_end()


def test_a_body_that_grows_too_large_in_chunks_is_refused(strict):
    with Wire.connect(strict.http) as wire:
        wire.send("POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n7d1\r\n" + "x" * 2001 + "\r\n0\r\n\r\n")
        assert_local(wire.read_response(), 413, "http_request_error")
        assert wire.is_at_end()


def test_a_head_that_does_not_end_in_time_gets_408(strict):
    with Wire.connect(strict.http) as wire:
        wire.send("GET / HTTP/1.1\r\nHost: a.te")
        assert_local(wire.read_response(), 408, "http_request_error")
        assert wire.is_at_end()


def test_a_body_that_does_not_end_in_time_gets_408(strict):
    with Wire.connect(strict.http) as wire:
        wire.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100\r\n\r\nabc")
        assert_local(wire.read_response(), 408, "http_request_error")
        assert wire.is_at_end()


def test_the_local_answer_to_head_has_no_body(strict):
    with Wire.connect(strict.http) as wire:
        wire.send("HEAD / HTTP/1.1\r\nHost: z.test\r\n\r\n")
        got = wire.read_response(to="HEAD")
        assert got.status == 404 and int(got.fields.get("Content-Length")) > 0
        wire.send(GET)
        assert wire.read_response().status == 200


def test_a_refused_post_does_not_leave_its_body_behind_as_a_request(strict):
    smuggled = "GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n"
    with Wire.connect(strict.http) as wire:
        wire.send(f"POST / HTTP/1.1\r\nHost: z.test\r\nContent-Length: {len(smuggled)}\r\n\r\n{smuggled}")
        got = wire.read_response()
        assert got.status == 404 and got.fields.get("Connection").lower() == "close"
        wire.send(GET)
        rest = wire.receive(9 + 3)
        assert rest in (b"", b"HTTP/1.1 200"), "closed, or the next request's own answer"


def test_every_local_reply_is_counted_by_its_error(strict):
    for text, *_ in [*REFUSED.values(), ("GET / HTTP/1.1\r\nHost: a.te",)]:
        with Wire.connect(strict.http) as wire:
            wire.send(text)
            wire.read_response()
    m = strict.idle_metrics()
    errors = {labels["error"]: value for labels, value in m.each("gladhand_local_replies_total")}
    assert {"bad_request", "uri_too_long", "request_header_too_large", "body_too_large", "not_implemented",
            "version_not_supported", "expectation_failed", "method_not_allowed", "no_route", "request_timeout"} <= errors.keys()
    assert m.total("gladhand_http_responses_total", status_class="4xx") + m.total("gladhand_http_responses_total", status_class="5xx") \
        == sum(errors.values())


# ---- what upstreams do to us

def ask(proxy, goes_on=True):
    """The answer to a GET; whether the connection takes another request afterwards is checked."""
    with Wire.connect(proxy.http) as wire:
        wire.send(GET)
        got = wire.read_response()
        if goes_on:
            wire.send(GET)
            wire.read_response()
        return got


def test_a_refused_connection_is_502(start):
    assert_local(ask(start(f"http://127.0.0.1:{free_port()}")), 502, "connection_refused")


def test_an_origin_that_hangs_up_is_502(start):
    with Origin(lambda request, wire: Origin.HANG_UP) as origin:
        assert_local(ask(start(origin)), 502, "connection_terminated")


def test_an_origin_that_resets_is_502(start):
    def answer(request, wire):
        wire.reset()
        return Origin.HANG_UP
    with Origin(answer) as origin:
        assert_local(ask(start(origin)), 502, "connection_terminated")


def test_an_origin_that_speaks_nonsense_is_502(start):
    with Origin(lambda request, wire: b"nonsense\r\n\r\n") as origin:
        assert_local(ask(start(origin)), 502, "http_protocol_error")


def test_an_origin_that_never_answers_is_504(start, scripted_origin):
    proxy = start(scripted_origin, upstream={"timeouts": {"first_byte": milliseconds(200)}})
    assert_local(ask(proxy), 504, "http_response_timeout")


def test_an_origin_that_does_not_complete_its_handshake_is_504(start, deaf_origin):
    proxy = start(deaf_origin, upstream={"timeouts": {"connect": milliseconds(200)}})
    assert_local(ask(proxy, goes_on=False), 504, "connection_timeout")
    m = proxy.idle_metrics(1)
    assert m.ended(side="upstream", result="timeout") == m.attempts(side="upstream") >= 1


def test_a_request_beyond_the_upstreams_limits_is_503(start, scripted_origin):
    proxy = start(scripted_origin, upstream={"max_connections": 1, "max_pending": 1})
    with Wire.connect(proxy.http) as first, Wire.connect(proxy.http) as second, Wire.connect(proxy.http) as third:
        first.get("/first")
        with scripted_origin.accept() as server:
            assert server.read_request().target == "/first"
            second.get("/waits")
            assert second.is_silent(0.05)
            third.get("/too-many")
            assert_local(third.read_response(), 503, "connection_limit_reached")
            server.send(response())
            assert first.read_response().status == 200
            assert server.read_request().target == "/waits"
            server.send(response())
            assert second.read_response().status == 200
            third.get("/again")
            assert server.read_request().target == "/again"
            server.send(response())
            assert third.read_response().status == 200


def test_where_nobody_may_wait_a_request_may_still_dial(start, scripted_origin):
    proxy = start(scripted_origin, upstream={"max_connections": 1, "max_pending": 0})
    with Wire.connect(proxy.http) as first, Wire.connect(proxy.http) as second:
        first.get("/first")
        with scripted_origin.accept() as server:
            assert server.read_request().target == "/first"
            second.get("/too-many")
            assert_local(second.read_response(), 503, "connection_limit_reached")
            server.send(response())
            assert first.read_response().status == 200


def test_a_request_may_wait_for_a_connection_of_the_upstream(start, scripted_origin):
    proxy = start(scripted_origin, upstream={"max_connections": 1, "max_pending": 1})
    with Wire.connect(proxy.http) as first, Wire.connect(proxy.http) as second:
        first.get("/first")
        with scripted_origin.accept() as server:
            assert server.read_request().target == "/first"
            second.get("/second")
            assert second.is_silent(0.05)
            server.send(response())
            assert first.read_response().status == 200
            assert server.read_request().target == "/second"
            server.send(response())
            assert second.read_response().status == 200


def test_an_answer_that_stalls_in_the_middle_is_broken_off_and_counted(start):
    def answer(request, wire):
        wire.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        return b""
    with Origin(answer) as origin:
        proxy = start(origin, upstream={"timeouts": {"idle": milliseconds(200)}})
        with Wire.connect(proxy.http) as wire:
            wire.send(GET)
            assert wire.receive_all().endswith(b"abc")
        line, = proxy.log_lines(1)
        assert (line["status"], line["error"]) == (200, "upstream_idle") and "local_reply" not in line
