"""The proxy as a server of HTTP/2: RFC 9113 section by section, over clear text and over TLS, against an HTTP/1.1 origin."""

import itertools
import re
import threading
import time

import pytest

from http2_rules import HOLD, RULES
from support.h2 import Client
from support.h2_frames import (
    FIRST_DYNAMIC, INDEXED, LARGEST_WINDOW, MAGIC, Code, Kind, Setting, continuation, data, goaway, headers, indexed, literal, ping, priority,
    rst_stream, settings, settings_ack, table_size, unknown, window_update)
from support.http1 import Wire, chunked, response
from support.origin import Origin, ScriptedOrigin
from support.process import SLACK, eventually, milliseconds

A_MOMENT = 0.05  # in which a frame too many would come
BIG = 300_000    # bytes of /big: more than any window that has not been enlarged


def site(request, wire):
    path = request.target.partition("?")[0]
    if path == HOLD:
        return None  # never
    if path == "/slow":
        time.sleep(0.3)
    if path == "/echo":
        return response(request.body)
    if path == "/big":
        return response(bytes(BIG))
    if path == "/hint":
        return b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + response()
    if path == "/trailers":
        return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n" + chunked(b"o", b"k", trailers=["X-Sum: 42"])
    if path == "/switch":
        return b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    if path == "/fields":
        return response(b"ok", "200 OK", "X-Mixed-Case: Kept", "Connection: keep-alive, X-Hop", "X-Hop: 1", "Keep-Alive: timeout=5",
                        "Set-Cookie: a=b", "Set-Cookie: c=d", "Upgrade: h2c")
    if path == "/short":
        wire.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        return Origin.HANG_UP
    if path == "/204":
        return b"HTTP/1.1 204 No Content\r\n\r\n"
    if path == "/304":
        return b"HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\nContent-Length: 5\r\n\r\n"
    if request.method == "HEAD":
        return b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    return response()


@pytest.fixture(scope="module")
def witness():
    with Origin(site) as origin:
        yield origin


class Victim:
    """The proxy that all rules share, until one of them breaks it."""

    def __init__(self, start, origin):
        self._start, self._origin, self._proxy = start, origin, None

    def proxy(self):
        if self._proxy is None:
            self._proxy = self._start(self._origin, tls=True, listener={"timeouts": {"body": milliseconds(5000)}})
        return self._proxy

    def bury(self):
        self._proxy.kill()
        self._proxy = None


@pytest.fixture(scope="module")
def victim(start_for_module, witness):
    victim = Victim(start_for_module, witness)
    yield victim
    witness.hang_up()
    eventually(lambda: victim.proxy().open_files() < 100, "the connections are closed")


@pytest.fixture(params=["h2c", "tls"])
def connect(request, victim, authority):
    """`connect(setting...)`: a new connection to the proxy, over clear text and over TLS in turn.

    Whatever the test did, the next client must be served.
    """
    opened = []
    context = authority.client_context(alpn=("h2",)) if request.param == "tls" else None

    def open_one(*settings, **options):
        proxy = victim.proxy()
        opened.append(Client.connect(proxy.https if context else proxy.http, context, settings, **options))
        return opened[-1]
    yield open_one
    try:
        assert open_one().get("/afterwards").status == 200, "the next client suffers"
    except (OSError, AssertionError):
        victim.bury()
        raise
    finally:
        for client in opened:
            client.close()


_names = itertools.count()


def _is_of_another(request, client):
    host = request.fields.get("Host") or ""
    return host != client.authority and re.fullmatch("[0-9]+.test", host)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule(connect, witness, rule):
    witness.take()
    client = connect()
    client.authority = f"{next(_names)}.test"
    rule.script(client)
    rule.verdict(client)
    client.close()
    # What an earlier rule began may arrive as late as now.
    seen = [request for request in witness.take() if request.target != "/afterwards" and not _is_of_another(request, client)]
    assert len(seen) <= rule.reaches, [request.raw for request in seen]
    whole = [request for request in seen if request.is_complete and request.raw]
    assert len(whole) <= rule.completes, [request.raw for request in whole]
    assert not any(b"smuggled" in request.start_line.encode() for request in seen)


def test_ids_of_rules_are_unique():
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))


# ---- 3.4 the preface

def test_the_server_speaks_first_with_settings(connect):
    client = connect(greets=False)
    client.send_raw(MAGIC)
    client.send(settings())
    assert client.read().kind == Kind.SETTINGS
    assert client.settings.get(Setting.ENABLE_PUSH, 0) == 0
    assert 1 <= client.settings[Setting.MAX_CONCURRENT_STREAMS] <= 1000
    client.acknowledged()


def test_preface_and_request_in_one_write(connect):
    client = connect(greets=False)
    client.send_raw(MAGIC)
    client.send(settings(), headers(1, client.fields()))
    assert client.response(1).status == 200


def test_preface_and_request_byte_by_byte(connect):
    client = connect(greets=False)
    client.streams[1] = client._make_stream(1)
    for byte in MAGIC + settings((Setting.ENABLE_PUSH, 0)) + headers(1, client.fields(method="POST"), end=False) + data(1, b"hello", end=True):
        client.send_raw(bytes([byte]))
    client._asked.append([])
    assert client.response(1).status == 200


def test_settings_of_the_server_need_not_be_acknowledged_before_a_request(connect):
    client = connect(greets=False)
    client.acknowledges = False
    client.greet()
    client.request()
    assert client.response(1).status == 200
    client.send(settings_ack())
    client.assert_works()


_WRONG_PREFACES = {
    "the magic with a wrong letter": MAGIC.replace(b"SM", b"SX"), "the magic of HTTP/3": MAGIC.replace(b"2.0", b"3.0"),
    "the magic without its end": MAGIC[:16] + b"\r\n\r\n", "zeros": bytes(64), "noise": bytes(range(128, 256)),
    "a ClientHello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xaa" * 64,
}


@pytest.mark.parametrize("name", _WRONG_PREFACES)
def test_a_wrong_preface_ends_the_connection(connect, witness, name):
    client = connect(greets=False)
    client.judges = False  # where HTTP/1 is spoken, too, the answer may be one of HTTP/1
    witness.take()
    client.send_raw(_WRONG_PREFACES[name] + settings())
    client.read_to_end()
    assert not witness.take()


_FIRST_FRAMES = {
    "PING": ping(), "HEADERS": headers(1, [(":method", "GET")]), "WINDOW_UPDATE": window_update(0, 1), "PRIORITY": priority(1),
    "an unknown frame": unknown(), "an acknowledgement of SETTINGS": settings_ack(), "DATA": data(1), "GOAWAY": goaway(),
    "RST_STREAM": rst_stream(1),
}


@pytest.mark.parametrize("name", _FIRST_FRAMES)
def test_a_first_frame_that_is_not_settings_ends_the_connection(connect, witness, name):
    client = connect(greets=False)
    client.send_raw(MAGIC + _FIRST_FRAMES[name] + settings())
    client._asked.append([])
    client.assert_connection_error(Code.PROTOCOL_ERROR, is_silent_allowed=True)


@pytest.mark.parametrize("size", [1, 10, 23, 24, 30])
def test_a_preface_that_breaks_off_is_let_go(connect, size):
    client = connect(greets=False)
    client.send_raw((MAGIC + settings())[:size])
    client.close()


def test_http_1_where_alpn_said_http_2_is_not_served(victim, authority, witness):
    witness.take()
    with Wire.connect(victim.proxy().https, authority.client_context(alpn=("h2",))) as wire:
        wire.get("/smuggled")
        assert not wire.receive_all().startswith(b"HTTP/1.1 200")
    assert not witness.take()


def test_http_2_where_alpn_said_http_1_is_not_served(victim, authority, witness):
    witness.take()
    client = Client.connect(victim.proxy().https, authority.client_context(alpn=("http/1.1",)), greets=False, alpn="http/1.1")
    with client:
        client.send_raw(MAGIC + settings() + headers(1, client.fields()))
        client.judges = False
        client.read_to_end()
    assert not witness.take()


# ---- 4.3 and RFC 7541: state that outlives a block

def test_the_dynamic_table_lives_as_long_as_the_connection(connect, witness):
    client = connect()
    client.send(headers(1, b"".join(literal(*field) for field in client.fields()) + literal("x-kept", "in the table", INDEXED)))
    client.response(1)
    witness.take()
    client.send(headers(3, b"".join(literal(*field) for field in client.fields()) + indexed(FIRST_DYNAMIC)))
    client.response(3)
    assert witness.last.fields.get("X-Kept") == "in the table"


@pytest.mark.parametrize("how", ["as trailers of a refused request", "as a request that is malformed"])
def test_a_block_of_a_stream_that_is_dead_still_fills_the_table(connect, witness, how):
    client = connect()
    entry = literal("x-kept", "in the table", INDEXED)
    if how == "as trailers of a refused request":  # in one write: nobody can know yet that the stream is reset
        client.send(headers(1, client.fields(("X-Upper", "1"), method="POST"), end=False), data(1, b"x"), headers(1, entry))
    else:
        client.send(headers(1, b"".join(literal(*field) for field in client.fields()) + entry + literal("X-Upper", "1")))
    client.read_until(lambda: client.streams[1].is_over or client.goaway)
    assert client.goaway is None, f"what was on its way to a reset stream is no error: {client}"
    client.send(headers(3, b"".join(literal(*field) for field in client.fields()) + indexed(FIRST_DYNAMIC)))
    assert client.response(3).status == 200
    assert witness.last.fields.get("X-Kept") == "in the table"


@pytest.mark.parametrize("size", [0, 1, 64, 4096, 65536])
def test_responses_are_compressed_within_the_table_that_the_client_allows(connect, size):
    client = connect((Setting.HEADER_TABLE_SIZE, size))
    client.acknowledged()
    for _ in range(3):
        assert client.get("/fields").status == 200


def test_the_table_of_responses_shrinks_and_grows_while_it_is_used(connect):
    client = connect()
    for size in (4096, 0, 4096, 100, 0, 1 << 16):
        client.send(settings((Setting.HEADER_TABLE_SIZE, size)))
        client.acknowledged()
        assert client.get("/fields").status == 200
    client.send(settings((Setting.HEADER_TABLE_SIZE, 0)), settings((Setting.HEADER_TABLE_SIZE, 4096)))
    client.acknowledged()
    assert client.get("/fields").status == 200


def test_table_sizes_may_change_at_the_head_of_every_block(connect):
    client = connect()
    for number, size in zip(range(1, 20, 2), (0, 100, 4096, 0, 4096)):
        client.send(headers(number, table_size(size) + b"".join(literal(*field, INDEXED) for field in client.fields())))
        assert client.response(number).status == 200


# ---- 5.1 frames on their way to a stream that was reset

@pytest.mark.parametrize("name", ["DATA", "DATA and its end", "WINDOW_UPDATE", "RST_STREAM", "PRIORITY", "trailers", "an unknown frame"])
def test_what_was_on_its_way_to_a_stream_that_the_server_reset_is_no_error(connect, name):
    late = {"DATA": data(1, b"late"), "DATA and its end": data(1, b"late", end=True), "WINDOW_UPDATE": window_update(1, 1),
            "RST_STREAM": rst_stream(1), "PRIORITY": priority(1), "trailers": headers(1, [("x-trailer", "1")]), "an unknown frame": unknown(1)}[name]
    client = connect()
    client.send(headers(1, client.fields(("X-Upper", "1"), method="POST"), end=False), late)
    client.read_until(lambda: client.streams[1].is_over or client.goaway)
    assert client.goaway is None, str(client)
    client.assert_works()


# ---- 5.1.2 concurrency

def test_streams_past_the_limit_are_refused(start, witness):
    proxy = start(witness, listener={"limits": {"streams": 5}})
    with Client.connect(proxy.http) as client:
        assert client.settings[Setting.MAX_CONCURRENT_STREAMS] == 5
        client.settle()  # the acknowledgement of the limit is there
        for _ in range(6):
            client.request(path=HOLD)
        extra = client.streams[11]
        client.read_until(lambda: extra.reset is not None or client.goaway, "a refusal")
        if client.goaway:
            client.assert_connection_error(Code.PROTOCOL_ERROR, Code.REFUSED_STREAM)
        else:
            assert extra.reset in (Code.REFUSED_STREAM, Code.PROTOCOL_ERROR)
            client.settle()
            assert all(stream.reset is None for stream in client.streams.values() if stream is not extra)
            client.send(rst_stream(1))
            client.assert_works()


def test_a_limit_of_one_stream_serves_one_after_the_other(start, witness):
    proxy = start(witness, listener={"limits": {"streams": 1}})
    with Client.connect(proxy.http) as client:
        for _ in range(20):
            client.assert_works()


def test_as_many_streams_as_the_limit_are_served_at_once(connect):
    client = connect()
    numbers = [client.request(path="/slow") for _ in range(client.settings[Setting.MAX_CONCURRENT_STREAMS])]
    for number in numbers:
        assert client.response(number).status == 200


def test_streams_that_were_reset_do_not_count_for_the_limit(start, witness):
    proxy = start(witness, listener={"limits": {"streams": 2}})
    with Client.connect(proxy.http) as client:
        for _ in range(20):
            number = client.request(path=HOLD)
            client.send(rst_stream(number))
        client.assert_unharmed()


def test_streams_answer_in_any_order(connect):
    client = connect()
    slow = client.request(path="/slow")
    fast = client.request()
    client.response(fast)
    assert not client.streams[slow].is_over
    assert client.response(slow).status == 200


# ---- 5.4 errors

def test_rst_stream_is_not_answered_with_rst_stream(connect):
    client = connect()
    client.request(path=HOLD)
    client.settle()
    client.send(rst_stream(1))
    client.settle()
    client.read_for(A_MOMENT)
    assert client.streams[1].reset is None


def test_goaway_names_the_last_stream_that_was_acted_on(connect):
    client = connect()
    for _ in range(3):
        client.get()
    client.send(ping(b"short"))
    client.assert_connection_error(Code.FRAME_SIZE_ERROR)
    assert client.goaway[0] == 5


def test_an_error_of_one_stream_leaves_the_others_alone(connect):
    client = connect()
    slow = client.request(path="/slow")
    bad = client.request(("X-Upper", "1"))
    client.assert_refused(bad)
    if not client.goaway:
        assert client.response(slow).status == 200


# ---- 6.5 SETTINGS and 6.7 PING

def test_every_settings_frame_is_acknowledged_once(connect):
    client = connect()
    client.acknowledged()
    client.send(*[settings((Setting.INITIAL_WINDOW_SIZE, 1000 + n)) for n in range(20)])
    client.acknowledged()
    client.settle()


def test_every_ping_is_answered_with_its_payload_in_order(connect):
    client = connect()
    client.send(*[ping(b"%08d" % n) for n in range(50)])
    client.read_until(lambda: not client._pings, "50 answers")


def test_a_ping_is_answered_while_responses_wait_for_windows(connect):
    client = connect((Setting.INITIAL_WINDOW_SIZE, 0))
    client.request(path="/big")
    for _ in range(3):
        client.settle()


# ---- 6.8 GOAWAY

def test_goaway_of_the_client_lets_its_requests_finish(connect):
    client = connect()
    client.request(path="/slow")
    client.send(goaway(0, Code.NO_ERROR))
    assert client.response(1).status == 200


def test_a_drain_announces_the_end_and_finishes_what_was_asked(start, witness):
    proxy = start(witness)
    with Client.connect(proxy.http) as client:
        client.request(path="/slow")
        client.settle()
        proxy.signal(15)
        assert client.response(1).status == 200
        client.read_to_end()
        assert client.goaway and client.goaway[1] == Code.NO_ERROR and client.goaway[0] >= 1
    proxy.wait()


# ---- 6.9 flow control of what we receive; every DATA frame is judged against the windows anyway

def exhaust(client, stream):
    """Until nothing more comes: the windows are used up."""
    client.read_until(lambda: not stream.window or not client.window, "DATA")
    client.settle()
    client.read_for(A_MOMENT)


def test_a_response_comes_byte_by_byte_where_the_window_says_so(connect):
    client = connect((Setting.INITIAL_WINDOW_SIZE, 1))
    client.request(path="/big")
    stream = client.streams[1]
    client.acknowledged()
    for size in range(1, 20):
        exhaust(client, stream)
        assert len(stream.body) == size
        client.grant(1, stream=1)


def test_nothing_of_a_body_comes_through_a_window_of_nothing(connect):
    client = connect((Setting.INITIAL_WINDOW_SIZE, 0))
    client.request(path="/big")
    client.read_until(lambda: client.streams[1].status, "the head, which needs no window")
    client.settle()
    client.read_for(A_MOMENT)
    assert not client.streams[1].body
    assert client.get("/204").status == 204, "and what has no body needs no window"


def test_a_window_that_opens_by_settings_lets_waiting_bodies_go(connect):
    client = connect((Setting.INITIAL_WINDOW_SIZE, 0))
    client.request(path="/big")
    client.read_until(lambda: client.streams[1].status)
    client.send(settings((Setting.INITIAL_WINDOW_SIZE, 1)))
    client.acknowledged()
    exhaust(client, client.streams[1])
    assert len(client.streams[1].body) == 1


def test_a_window_can_become_negative_and_is_filled_from_there(connect):
    client = connect((Setting.INITIAL_WINDOW_SIZE, 30))
    client.request(path="/big")
    stream = client.streams[1]
    client.acknowledged()
    exhaust(client, stream)
    assert len(stream.body) == 30
    client.send(settings((Setting.INITIAL_WINDOW_SIZE, 20)))
    client.acknowledged()
    assert stream.window == -10
    client.grant(10, stream=1)
    client.settle()
    client.read_for(A_MOMENT)
    assert len(stream.body) == 30, "the window is 0 now"
    client.grant(1, stream=1)
    exhaust(client, stream)
    assert len(stream.body) == 31


def test_a_response_stops_at_the_window_of_the_connection(connect):
    client = connect((Setting.INITIAL_WINDOW_SIZE, LARGEST_WINDOW))
    client.acknowledged()
    client.request(path="/big")
    stream = client.streams[1]
    exhaust(client, stream)
    assert len(stream.body) == 65535
    client.grant(1000)
    exhaust(client, stream)
    assert len(stream.body) == 66535
    client.grant(LARGEST_WINDOW)
    assert len(client.response(1).body) == BIG


def test_a_response_stops_at_the_window_of_its_stream(connect):
    client = connect()
    client.grant(LARGEST_WINDOW - 65535)
    client.request(path="/big")
    stream = client.streams[1]
    exhaust(client, stream)
    assert len(stream.body) == 65535
    other = client.request(path="/big")
    exhaust(client, client.streams[other])
    assert len(client.streams[other].body) == 65535, "the other stream has a window of its own"
    client.grant(BIG, stream=1)
    client.grant(BIG, stream=other)
    assert len(client.response(1).body) == len(client.response(other).body) == BIG


def test_streams_share_the_window_of_the_connection(connect):
    client = connect((Setting.INITIAL_WINDOW_SIZE, LARGEST_WINDOW))
    client.acknowledged()
    numbers = [client.request(path="/big") for _ in range(4)]
    client.read_until(lambda: not client.window)
    client.settle()
    client.read_for(A_MOMENT)
    assert sum(len(client.streams[number].body) for number in numbers) == 65535
    client.grant(LARGEST_WINDOW)
    for number in numbers:
        assert len(client.response(number).body) == BIG


def test_a_window_that_nobody_uses_blocks_nobody(connect):
    client = connect()
    client.grant(LARGEST_WINDOW - 65535)
    stuck = client.request(path="/big")
    exhaust(client, client.streams[stuck])
    for _ in range(10):
        client.assert_works()


@pytest.mark.parametrize("size", [1, 100, 16384, 65536, 1 << 20])
def test_frames_are_no_larger_than_the_client_allows_and_windows_of_any_step_work(connect, size):
    client = connect((Setting.MAX_FRAME_SIZE, max(16384, size)), (Setting.INITIAL_WINDOW_SIZE, LARGEST_WINDOW))
    client.request(path="/big")
    stream = client.streams[1]
    client.read_until(lambda: not client.window)
    steps = 0
    while not stream.is_over and steps < 200:
        client.grant(size)
        client.read_until(lambda: not client.window or stream.is_over)
        steps += 1
    client.grant(LARGEST_WINDOW - client.window)
    assert len(client.response(1).body) == BIG


# ---- 6.9 flow control of what we send

def test_an_upload_gets_its_windows_back(connect):
    client = connect()
    body = bytes(range(256)) * 8192
    number = client.request(method="POST", path="/echo", end=False)
    client.grant(LARGEST_WINDOW - 65535)
    client.grant(LARGEST_WINDOW - 65535, stream=number)
    assert client.upload(number, body) == len(body)
    assert client.response(number).body == body


def test_padding_is_paid_back_too(connect):
    client = connect()
    number = client.request(method="POST", path="/echo", end=False)
    stream = client.streams[number]
    rounds = (stream.credit + client.credit) // 257 + 10  # more than both windows have room for
    for _ in range(min(rounds, 12_000)):
        if stream.credit < 257 or client.credit < 257:
            client.read_until(lambda: stream.credit >= 257 and client.credit >= 257, "WINDOW_UPDATE for padding")
        client.send(data(number, b"x", pad=255))
    client.send(data(number, b"", end=True))
    assert client.response(number).body == b"x" * min(rounds, 12_000)


def test_data_for_streams_that_died_is_paid_back_to_the_connection(connect):
    client = connect()
    sent, most = 0, client.credit * 2
    while sent < min(most, 4 << 20):
        number = client.next
        client.send(headers(number, client.fields(("content-length", "1"), method="POST"), end=False))  # malformed by its first DATA
        stream = client.streams[number]
        if client.credit < 16384:
            client.read_until(lambda: client.credit >= 16384 or client.goaway, "WINDOW_UPDATE of the connection")
        assert client.goaway is None, str(client)
        for _ in range(4):
            size = min(client.credit, stream.credit, 16384)
            client.send(data(number, bytes(size)))
            sent += size
    client.assert_works()


@pytest.fixture
def stalled(start):
    """A proxy whose origin reads nothing."""
    with ScriptedOrigin(receive_buffer=4096) as origin:
        yield start(origin)


@pytest.mark.parametrize("over", ["stream", "connection"])
def test_data_past_a_window_is_an_error(stalled, over):
    with Client.connect(stalled.http) as client:
        numbers = [client.request(method="POST", path=HOLD, end=False) for _ in range(1 if over == "stream" else 20)]
        for number in numbers:
            client.fill(client.streams[number])
            if over == "connection" and client.credit <= 0:
                break
        if over == "connection" and client.credit > 0:
            pytest.skip("the connection's window is larger than those of twenty streams")
        victim = client.streams[numbers[0]] if over == "stream" else next(stream for stream in client.streams.values() if not stream.is_over)
        client.send(data(victim.number, bytes(1000)))
        client.read_until(lambda: victim.reset is not None or client.goaway, "FLOW_CONTROL_ERROR")
        assert (client.goaway or (0, victim.reset))[1] == Code.FLOW_CONTROL_ERROR
        if over == "connection":
            client.assert_connection_error(Code.FLOW_CONTROL_ERROR)


def test_what_an_unread_upload_makes_the_proxy_hold_is_bounded(stalled):
    before = stalled.resident_bytes()
    with Client.connect(stalled.http) as client:
        sent = 0
        for _ in range(20):
            number = client.request(method="POST", path=HOLD, end=False)
            sent += client.fill(client.streams[number], 1 << 26, quiet=0.01)
        assert sent < 64 << 20
        assert stalled.resident_bytes() - before < (32 << 20) * SLACK


# ---- 8 messages

def test_a_body_and_its_length_reach_the_origin(connect, witness):
    client = connect()
    number = client.request(("content-length", "11"), method="POST", path="/echo", end=False)
    client.send(data(number, b"hello ", end=False), data(number, b"world", end=True))
    assert client.response(number).body == b"hello world"
    assert witness.last.fields.get("Content-Length") == "11"
    assert "Transfer-Encoding" not in witness.last.fields


def test_a_body_without_a_length_is_chunked_for_the_origin(connect, witness):
    client = connect()
    number = client.request(method="POST", path="/echo", end=False)
    client.send(data(number, b"hello", end=True))
    assert client.response(number).body == b"hello"
    assert witness.last.fields.get("Transfer-Encoding") == "chunked"


def test_a_request_without_a_body_is_none_for_the_origin(connect, witness):
    connect().get("/a?b=c")
    assert witness.last.start_line == "GET /a?b=c HTTP/1.1"
    assert "Transfer-Encoding" not in witness.last.fields and "Content-Length" not in witness.last.fields


def test_authority_becomes_host(connect, witness):
    connect().get("/", authority="b.test:8443")
    assert witness.last.fields.get("Host") == "b.test:8443"


def test_the_scheme_that_the_origin_is_told_is_the_connections_own(connect, witness):
    client = connect()
    client.get(scheme="http" if client.scheme == "https" else "https")
    assert witness.last.fields.get("X-Forwarded-Proto") in (client.scheme, None)


def test_cookie_crumbs_are_one_field_for_the_origin(connect, witness):
    connect().get("/", ("cookie", "a=b"), ("x-between", "1"), ("cookie", "c=d"), ("cookie", "e=f"))
    assert witness.last.fields.get("Cookie") == "a=b; c=d; e=f"


def test_te_of_trailers_is_not_passed_on_as_it_is(connect, witness):
    connect().get("/", ("te", "trailers"))
    te = witness.last.fields.get("TE")
    assert te is None or te == "trailers" and "te" in (witness.last.fields.get("Connection") or "").lower()


def test_expect_continue_is_answered_with_a_head_of_100_or_none(connect):
    client = connect()
    number = client.request(("expect", "100-continue"), ("content-length", "5"), method="POST", path="/echo", end=False)
    client.read_until(lambda: client.streams[number].heads, "100")
    assert client.streams[number].heads[0].get(":status") == "100"
    client.send(data(number, b"hello", end=True))
    assert client.response(number).body == b"hello"


def test_an_unknown_expectation_is_refused(connect):
    client = connect()
    client.request(("expect", "a miracle"))
    assert client.response(1).status == 417


def test_fields_of_a_response_are_of_http_2(connect):
    got = connect().get("/fields")
    assert got.fields.get("x-mixed-case") == "Kept"
    assert got.fields.all("set-cookie") == ["a=b", "c=d"]
    for gone in ("connection", "keep-alive", "x-hop", "upgrade", "transfer-encoding"):
        assert gone not in got.fields


def test_an_informational_head_comes_before_the_final_one(connect):
    got = connect().get("/hint")
    assert (got.interim, got.status, got.body) == ([103], 200, b"ok")
    assert got.heads[0].get("link") == "</a>"


def test_switching_protocols_does_not_exist_in_http_2(connect):
    assert connect().get("/switch").status == 502


def test_trailers_of_a_response_end_the_stream(connect):
    got = connect().get("/trailers")
    assert got.body == b"ok"
    assert got.trailers is None or got.trailers.get("x-sum") == "42"


def test_trailers_of_a_request_do_not_disturb_its_body(connect, witness):
    client = connect()
    number = client.request(method="POST", path="/echo", end=False)
    client.send(data(number, b"hello"), headers(number, [("x-trailer", "1")]))
    assert client.response(number).body == b"hello"


def test_a_response_to_head_has_a_length_and_no_body(connect):
    client = connect()
    number = client.request(method="HEAD")
    got = client.response(number)
    assert (got.status, got.body, got.fields.get("content-length")) == (200, b"", "1000")
    client.assert_works()


@pytest.mark.parametrize("status", [204, 304])
def test_a_response_that_cannot_have_a_body_ends_with_its_head(connect, status):
    got = connect().get(f"/{status}")
    assert (got.status, got.body) == (status, b"")


def test_a_response_that_breaks_off_at_the_origin_breaks_off_here(connect):
    client = connect()
    number = client.request(path="/short")
    stream = client.streams[number]
    client.read_until(lambda: stream.is_over, "RST_STREAM")
    assert not stream.is_ended and stream.reset not in (None, Code.NO_ERROR)
    client.assert_works()


def test_a_response_before_the_end_of_its_request_is_whole(connect):
    """Section 8.1: RST_STREAM(NO_ERROR) may follow the complete response."""
    client = connect()
    number = client.request(("expect", "a miracle"), method="POST", end=False)
    stream = client.streams[number]
    client.read_until(lambda: stream.is_over, "a response")
    assert stream.is_ended and stream.status == 417
    client.send(data(number, b"late", end=True))
    client.read_for(A_MOMENT)
    assert stream.reset in (None, Code.NO_ERROR)
    client.assert_works()


def test_a_request_that_is_cancelled_is_cancelled_at_the_origin(start):
    with ScriptedOrigin() as origin:
        proxy = start(origin)
        with Client.connect(proxy.http) as client:
            client.request(path=HOLD)
            with origin.accept() as wire:
                wire.read_request_head()
                client.send(rst_stream(1))
                assert wire.is_at_end()


@pytest.mark.parametrize("many", ["one field of 40 KB", "200 fields", "300 cookie crumbs"])
def test_a_header_section_past_the_limits_is_refused(connect, witness, many):
    witness.take()
    client = connect()
    more = {"one field of 40 KB": [("x-large", "a" * 40_000)], "200 fields": [(f"x-{n}", "1") for n in range(200)],
            "300 cookie crumbs": [("cookie", f"a{n}=b") for n in range(300)]}[many]
    block = b"".join(literal(*field) for field in client.fields(*more))
    pieces = [block[at:at + 16384] for at in range(0, len(block), 16384)]
    client.send(headers(1, pieces[0], end_headers=len(pieces) == 1),
                *[continuation(1, piece, end_headers=piece is pieces[-1]) for piece in pieces[1:]])
    client.assert_refused(1, Code.ENHANCE_YOUR_CALM, Code.PROTOCOL_ERROR, Code.CANCEL, Code.REFUSED_STREAM, Code.INTERNAL_ERROR)
    assert not [request for request in witness.take() if request.target != "/afterwards"]


def test_a_thousand_requests_on_one_connection(connect):
    client = connect()
    for _ in range(10):
        numbers = [client.request(path=f"/{n}") for n in range(100)]
        for number in numbers:
            assert client.response(number).status == 200
            client.grant(2)


def test_several_connections_do_not_mix(connect):
    clients = [connect() for _ in range(8)]
    failures = []

    def talk(client, mark):
        try:
            for n in range(20):
                body = b"%d/%d" % (mark, n)
                number = client.request(method="POST", path="/echo", end=False)
                client.send(data(number, body, end=True))
                assert client.response(number).body == body
        except (OSError, AssertionError) as failure:
            failures.append(failure)
    threads = [threading.Thread(target=talk, args=(client, mark)) for mark, client in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
