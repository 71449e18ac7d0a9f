"""Peers that take their time: they cost neither memory nor a place for ever, and whoever only is slow is served."""

import os
import threading
import time

import pytest

from support.http1 import Truncated, Wire, response
from support.origin import Origin, ScriptedOrigin
from support.process import IS_SANITIZED, eventually, milliseconds

MEBIBYTE = 1 << 20
BODY = 50 * MEBIBYTE
MOST_MEMORY = 30 * MEBIBYTE

needs_its_own_memory = pytest.mark.skipif(IS_SANITIZED, reason="a sanitizer's own memory hides the program's")


def most_resident(proxy, seconds):
    """The highest resident memory seen in the next seconds."""
    most, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        most = max(most, proxy.resident_bytes())
        time.sleep(0.02)
    return most


def drain(wire, size):
    while size > 0:
        piece = wire.receive(min(size, MEBIBYTE))
        assert piece, f"{size} bytes are missing"
        size -= len(piece)


# ---- memory

@needs_its_own_memory
@pytest.mark.parametrize("listener", ["http", "https"])
def test_a_reader_that_stops_in_a_body_of_50_mb_costs_little_memory_unless_sanitized(start, authority, listener):
    piece = os.urandom(MEBIBYTE)
    sent = []

    def answer(request, wire):
        wire.send(f"HTTP/1.1 200 OK\r\nContent-Length: {BODY}\r\n\r\n")
        for _ in range(BODY // MEBIBYTE):
            wire.send(piece)
            sent.append(MEBIBYTE)
    with Origin(answer) as origin:
        proxy = start(origin, tls=True)
        before = proxy.resident_bytes()
        tls = authority.client_context() if listener == "https" else None
        with Wire.connect(proxy.ports[listener], tls, receive_buffer=65536) as wire:
            wire.get()
            wire.read_response_head()
            assert most_resident(proxy, 0.7) - before < MOST_MEMORY
            assert sum(sent) < BODY, "the origin is held back"
            drain(wire, BODY)
        assert most_resident(proxy, 0.05) - before < MOST_MEMORY


@needs_its_own_memory
@pytest.mark.parametrize("framing", [f"Content-Length: {BODY}", "Transfer-Encoding: chunked"])
def test_an_origin_that_does_not_read_an_upload_of_50_mb_costs_little_memory_unless_sanitized(start, framing):
    is_chunked = "chunked" in framing
    with ScriptedOrigin(receive_buffer=65536) as origin:
        proxy = start(origin)
        before = proxy.resident_bytes()
        with Wire.connect(proxy.http) as wire:
            piece, sent = os.urandom(MEBIBYTE), []

            def upload():
                wire.send(f"POST / HTTP/1.1\r\nHost: a.test\r\n{framing}\r\n\r\n")
                for _ in range(BODY // MEBIBYTE):
                    wire.send(b"%x\r\n%s\r\n" % (MEBIBYTE, piece) if is_chunked else piece)
                    sent.append(MEBIBYTE)
                wire.send("0\r\n\r\n" if is_chunked else "")
            uploader = threading.Thread(target=upload)
            uploader.start()
            with origin.accept() as server:
                request = server.read_request_head()
                assert most_resident(proxy, 0.7) - before < MOST_MEMORY
                assert sum(sent) < BODY, "the client is held back"
                server.read_body(request)
                assert len(request.body) == BODY
                server.send(response())
            uploader.join()
            assert wire.read_response().status == 200
        assert most_resident(proxy, 0.05) - before < MOST_MEMORY


@needs_its_own_memory
def test_a_hundred_readers_that_stop_cost_little_memory_each_unless_sanitized(start):
    piece = os.urandom(MEBIBYTE)

    def answer(request, wire):
        wire.send(f"HTTP/1.1 200 OK\r\nContent-Length: {BODY}\r\n\r\n")
        for _ in range(BODY // MEBIBYTE):
            wire.send(piece)
    with Origin(answer) as origin:
        proxy = start(origin)
        before = proxy.resident_bytes()
        readers = [Wire.connect(proxy.http, receive_buffer=32768) for _ in range(100)]
        for wire in readers:
            wire.get()
        assert most_resident(proxy, 1.5) - before < 100 * MEBIBYTE
        for wire in readers:
            wire.reset()
        eventually(lambda: proxy.metrics().total("gladhand_connections_open", side="client") == 0)


# ---- time

def test_a_head_that_dribbles_gets_408_all_the_same(start, origin):
    proxy = start(origin, listener={"timeouts": {"header": milliseconds(400)}})
    with Wire.connect(proxy.http) as wire:
        wire.send("GET / HTTP/1.1\r\n")
        for _ in range(1000):
            wire.send("X: slow\r\n")
            if not wire.is_silent(0.05):
                break
        assert wire.read_response().status == 408
    assert origin.requests == []


def test_an_idle_connection_is_closed_without_a_word(start, origin):
    proxy = start(origin, listener={"timeouts": {"keep_alive": milliseconds(200)}})
    with Wire.connect(proxy.http) as unused, Wire.connect(proxy.http) as used:
        used.get()
        assert used.read_response().status == 200
        assert unused.receive_all() == b"" and used.receive_all() == b""
    assert proxy.idle_metrics(1).total("gladhand_local_replies_total") == 0


def test_a_connection_that_is_used_in_time_is_kept(start, origin):
    proxy = start(origin, listener={"timeouts": {"keep_alive": milliseconds(300)}})
    with Wire.connect(proxy.http) as wire:
        for _ in range(4):
            time.sleep(0.15)
            wire.get()
            assert wire.read_response().status == 200


def test_a_slow_upload_that_keeps_moving_is_served(start, origin):
    proxy = start(origin, listener={"timeouts": {"body": milliseconds(300)}})
    with Wire.connect(proxy.http) as wire:
        wire.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 8\r\n\r\n")
        for byte in "slowbody":
            time.sleep(0.1)
            wire.send(byte)
        assert wire.read_response().status == 200
    assert origin.last.body == b"slowbody"


def test_a_slow_download_that_keeps_moving_is_served(start):
    def answer(request, wire):
        wire.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n")
        for byte in "slowbody":
            time.sleep(0.1)
            wire.send(byte)
    with Origin(answer) as origin:
        proxy = start(origin, upstream={"timeouts": {"idle": milliseconds(300), "first_byte": milliseconds(300)}})
        with Wire.connect(proxy.http) as wire:
            wire.get()
            assert wire.read_response().body == b"slowbody"


def test_an_answer_that_is_slow_to_begin_is_not_the_clients_idleness(start):
    def answer(request, wire):
        time.sleep(0.5)
        return response()
    with Origin(answer) as origin:
        short = milliseconds(200)
        proxy = start(origin, listener={"timeouts": {"keep_alive": short, "header": short, "body": short, "send": short}})
        with Wire.connect(proxy.http) as wire:
            wire.get()
            assert wire.read_response().status == 200


@pytest.mark.parametrize("listener", ["http", "https"])
def test_a_reader_that_takes_nothing_for_too_long_is_cut_and_counted(start, authority, listener):
    def answer(request, wire):
        wire.send(f"HTTP/1.1 200 OK\r\nContent-Length: {BODY}\r\n\r\n")
        for _ in range(BODY // MEBIBYTE):
            wire.send(bytes(MEBIBYTE))
    with Origin(answer) as origin:
        proxy = start(origin, tls=True, listener={"timeouts": {"send": milliseconds(300)}})
        tls = authority.client_context() if listener == "https" else None
        with Wire.connect(proxy.ports[listener], tls, receive_buffer=32768) as wire:
            wire.get()
            wire.read_response_head()
            line, = proxy.log_lines(1)
            assert line["error"] == "send_timeout"
            with pytest.raises((Truncated, OSError, AssertionError)):
                drain(wire, BODY)
    proxy.idle_metrics(1)


def test_a_slow_reader_that_keeps_reading_gets_everything(start):
    size = 4 * MEBIBYTE

    def answer(request, wire):
        wire.send(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n")
        wire.send(bytes(size))
    with Origin(answer) as origin:
        proxy = start(origin, listener={"timeouts": {"send": milliseconds(2000)}}, upstream={"timeouts": {"idle": milliseconds(2000)}})
        with Wire.connect(proxy.http, receive_buffer=65536) as wire:
            wire.get()
            wire.read_response_head()
            left = size
            while left > 0:
                part = min(left, size // 14)  # all of them take longer than a timeout
                drain(wire, part)
                left -= part
                time.sleep(0.2)
