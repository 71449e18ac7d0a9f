"""The proxy as a client of HTTP/2: RFC 9113 as its origin sees it, and what an origin's misdeeds become for the client."""

import threading

import pytest

from http2_lies import LIES
from support.h2 import Client
from support.h2_origin import Http2Origin, ScriptedHttp2Origin
from support.h2_frames import (
    LARGEST_STREAM, MAGIC, Code, Kind, Setting, data, goaway, headers, name_of, ping, push_promise, rst_stream, settings,
    settings_ack, unknown)
from support.http1 import Truncated, Wire, chunked, read_responses
from support.process import PATIENCE, SLACK, eventually, milliseconds

A_MOMENT = 0.05
OK = [(":status", "200")]


# ---- lies

class Liar(Http2Origin):
    """Answers with `lie` while there is one, and with the truth otherwise."""

    def __init__(self):
        self.lie = None
        self.reactions = []  # (stream of the lie, its connection)
        super().__init__(self._answer)

    def _answer(self, server, stream):
        lie = self.lie
        if lie is None:
            return server.answer(stream, b"the truth")
        lie.script(server, stream.number)
        if lie.codes:
            server.read_until(lambda: stream.reset is not None or server.goaway, "an answer to the lie", timeout=2)
            if lie.ends_connection:
                server.read_to_end()
        self.reactions.append((stream, server))


@pytest.fixture(scope="module")
def liar():
    with Liar() as origin:
        yield origin


@pytest.fixture(scope="module")
def proxy(start_for_module, liar):
    return start_for_module(liar, upstream={"timeouts": {"first_byte": milliseconds(1000), "idle": milliseconds(1000)}})


def ask(proxy, method="GET"):
    """Everything that comes back."""
    with Wire.connect(proxy.http) as wire:
        wire.send(f"{method} / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n")
        return wire.receive_all()


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.id)
def test_lie(proxy, liar, lie):
    liar.violations.clear()
    liar.reactions.clear()
    liar.lie = lie
    received = ask(proxy, lie.method)
    eventually(lambda: liar.reactions or liar.violations, "the origin's view")
    liar.lie = None
    assert read_responses(ask(proxy))[0][0].body == b"the truth", "the next request suffers"

    is_strict = lie.status is not None
    assert not liar.violations or not is_strict, liar.violations
    if lie.method == "HEAD":
        assert b"hello" not in received
        return  # the length that it may have says nothing of these bytes
    responses, is_cut = read_responses(received)
    finals = [got for got in responses if got.status >= 200]
    if is_strict and not (lie.may_be_cut and (is_cut or not received)):
        assert not is_cut
        final, = finals
        assert final.status in (lie.status if isinstance(lie.status, tuple) else (lie.status,)), received[:300]
        if final.status == 502:
            assert final.fields.get("Proxy-Status").startswith("gladhand; error=")
    if lie.body is not None:
        assert finals[0].body == lie.body
    if not isinstance(lie.status, int):
        assert b"hello" not in received
    for poison in (b"set-cookie", b"\nx: y", b"pushed"):
        assert poison not in received.lower()
    for stream, server in liar.reactions if is_strict else ():
        code = server.goaway[1] if server.goaway else stream.reset
        if lie.codes:
            assert server.goaway or not lie.ends_connection, f"the connection must end: {server}"
            assert code in lie.codes, f"{name_of(Code, code) if code is not None else 'nothing'}, not {lie.codes}: {server}"
        else:
            assert code is None, str(server)


def test_ids_of_lies_are_unique():
    ids = [lie.id for lie in LIES]
    assert len(ids) == len(set(ids))


# ---- the scripted origin

@pytest.fixture
def origin():
    with ScriptedHttp2Origin() as origin:
        yield origin


@pytest.fixture
def ask_for(start, origin):
    """`ask_for(target, field...)`: a request of HTTP/1.1 on a connection of its own, sent. The test plays the origin."""
    opened = []

    def send(target="/", *fields, method="GET", body=None, **options):
        if not opened:
            send.proxy = start(origin, upstream={"timeouts": {"first_byte": milliseconds(2000), "idle": milliseconds(2000)}, **send.upstream})
        wire = Wire.connect(send.proxy.http, **options)
        opened.append(wire)
        if body is None:
            wire.send(f"{method} {target} HTTP/1.1\r\nHost: a.test\r\n" + "".join(f"{field}\r\n" for field in fields) + "\r\n")
        else:
            wire.post(body, target, *fields, method=method)
        return wire
    send.upstream = {}
    yield send
    for wire in opened:
        wire.close()


def assert_answered(wire, body=b"ok", status=200, to="GET"):
    got = wire.read_response(to)
    assert (got.status, got.body) == (status, body), got.raw[:500]
    return got


# ---- 3.4 and 6.5: beginning

def test_the_proxy_says_its_preface_first_and_forbids_pushing(ask_for, origin):
    wire = ask_for()
    server = origin.accept(greets=False)
    server.acknowledges = False  # that cannot be the first of our frames
    assert server.read().kind == Kind.SETTINGS
    assert server.settings[Setting.ENABLE_PUSH] == 0
    server.acknowledges = True
    server.greet()
    server.send(settings_ack())
    server.answer(server.next_request())
    assert_answered(wire)
    server.acknowledged()


GREETINGS = {
    "http 1": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "zeros": bytes(64), "an alert of tls": b"\x15\x03\x01\0\2\2\x16" + bytes(9),
    "the magic of a client": MAGIC, "ping": ping(), "an acknowledgement": settings_ack(), "goaway": goaway(0, Code.ENHANCE_YOUR_CALM),
    "headers": headers(1, OK), "unknown": unknown(),
}


@pytest.mark.parametrize("name", GREETINGS)
def test_an_origin_that_does_not_begin_with_settings_is_502(ask_for, origin, name):
    wire = ask_for()
    done = threading.Event()

    def greet():
        while not done.is_set():
            try:
                server = origin.accept(greets=False)
            except OSError:
                return
            server.send_raw(GREETINGS[name])
    origin._listener.settimeout(0.5)
    thread = threading.Thread(target=greet)
    thread.start()
    try:
        assert wire.read_response().status == 502
    finally:
        done.set()
        thread.join()


def test_an_origin_that_closes_before_it_says_a_word_is_502(ask_for, origin):
    wire = ask_for()
    origin._listener.settimeout(1)

    def close_all():
        try:
            while True:
                origin.accept(greets=False).close()
        except OSError:
            pass
    thread = threading.Thread(target=close_all)
    thread.start()
    assert wire.read_response().status == 502
    thread.join()


def test_a_silent_origin_is_504(ask_for, origin):
    wire = ask_for()
    origin.accept(greets=False)
    assert wire.read_response().status == 504


# ---- 8.3 what a request becomes; every head is judged by the origin

def test_a_request_becomes_its_pseudo_header_fields(ask_for, origin):
    wire = ask_for("/a/b?c=d", "X-Mixed-Case: Kept")
    server = origin.accept()
    stream = server.whole_request()
    pseudo = dict(stream.fields[:4])
    assert {name for name, _ in stream.fields[:4]} == {":method", ":scheme", ":authority", ":path"}
    assert (pseudo[":method"], pseudo[":scheme"], pseudo[":authority"], pseudo[":path"]) == ("GET", "http", "a.test", "/a/b?c=d")
    assert stream.fields.get("x-mixed-case") == "Kept"
    assert stream.fields.get("host") in (None, "a.test")
    server.answer(stream)
    assert_answered(wire)


def test_fields_of_the_hop_stay_behind(ask_for, origin):
    wire = ask_for("/", "Connection: keep-alive, X-Hop, TE", "X-Hop: 1", "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive",
                   "TE: trailers, gzip")
    server = origin.accept()
    stream = server.whole_request()
    assert "x-hop" not in stream.fields
    assert stream.fields.get("te") in (None, "trailers")
    server.answer(stream)
    assert_answered(wire)


def test_options_of_everything_has_a_path_of_a_star(ask_for, origin):
    wire = ask_for("*", method="OPTIONS")
    server = origin.accept()
    stream = server.whole_request()
    assert stream.fields.get(":path") == "*"
    server.answer(stream)
    assert_answered(wire)


def test_a_body_with_a_length_arrives_whole(ask_for, origin):
    wire = ask_for(body=b"hello" * 1000, method="POST")
    server = origin.accept()
    stream = server.whole_request()
    assert bytes(stream.body) == b"hello" * 1000
    assert stream.fields.get("content-length") == "5000"
    server.answer(stream)
    assert_answered(wire)


def test_a_chunked_body_arrives_whole(ask_for, origin):
    wire = ask_for("/", "Transfer-Encoding: chunked", method="POST")
    wire.send(chunked(b"hel", b"lo"))
    server = origin.accept()
    stream = server.whole_request()
    assert bytes(stream.body) == b"hello" and "content-length" not in stream.fields
    server.answer(stream)
    assert_answered(wire)


def test_a_request_without_a_body_ends_with_its_head(ask_for, origin):
    ask_for()
    server = origin.accept()
    assert server.next_request().is_ended


def test_a_body_that_breaks_off_does_not_look_whole(ask_for, origin):
    wire = ask_for("/", "Content-Length: 10", method="POST")
    wire.send(b"abc")
    server = origin.accept()
    stream = server.next_request()
    server.read_until(lambda: len(stream.body) == 3)
    wire.close()
    server.read_until(lambda: stream.is_over)
    assert stream.reset is not None and not stream.is_ended
    server.settle()


def test_expect_continue_is_answered_by_the_origin_or_the_proxy(ask_for, origin):
    wire = ask_for("/", "Expect: 100-continue", "Content-Length: 5", method="POST")
    server = origin.accept()
    stream = server.next_request()
    if "expect" in stream.fields:
        server.send(headers(stream.number, [(":status", "100")], end=False))
    assert wire.read_response_head().status == 100
    wire.send(b"hello")
    server.body_of(stream)
    assert bytes(stream.body) == b"hello"
    server.answer(stream)
    assert_answered(wire)


def test_cookies_arrive_whole(ask_for, origin):
    wire = ask_for("/", "Cookie: a=b; c=d; e=f")
    server = origin.accept()
    stream = server.whole_request()
    assert "; ".join(stream.fields.all("cookie")) == "a=b; c=d; e=f"
    server.answer(stream)
    assert_answered(wire)


def test_a_large_head_arrives_in_frames_of_the_allowed_size(ask_for, origin):
    wire = ask_for("/", *[f"X-Large-{n}: {'a' * 2000}" for n in range(12)])
    server = origin.accept()
    stream = server.whole_request()
    assert len([name for name, _ in stream.fields if name.startswith("x-large")]) == 12
    server.answer(stream)
    assert_answered(wire)


# ---- 8.1 what a response becomes

def test_an_informational_head_is_passed_on_at_once(ask_for, origin):
    wire = ask_for()
    server = origin.accept()
    stream = server.next_request()
    server.send(headers(stream.number, [(":status", "103"), ("link", "</a>")], end=False))
    hint = wire.read_response_head()
    assert (hint.status, hint.fields.get("link")) == (103, "</a>")
    server.answer(stream)
    assert_answered(wire)


def test_a_body_is_passed_on_as_it_comes(ask_for, origin):
    wire = ask_for()
    server = origin.accept()
    stream = server.next_request()
    server.send(headers(stream.number, OK, end=False))
    head = wire.read_response_head()
    assert head.fields.get("Transfer-Encoding") == "chunked"
    server.send(data(stream.number, b"one"))
    assert b"one" in wire.receive()
    server.send(data(stream.number, b"two", end=True))
    assert b"two" in wire.receive()


def test_a_content_length_is_kept(ask_for, origin):
    wire = ask_for()
    server = origin.accept()
    server.answer(server.next_request(), b"hello", 200, ("content-length", "5"))
    assert assert_answered(wire, b"hello").fields.get("Content-Length") == "5"


def test_a_response_to_head_keeps_its_length_and_has_no_body(ask_for, origin):
    wire = ask_for(method="HEAD")
    server = origin.accept()
    stream = server.next_request()
    server.send(headers(stream.number, [*OK, ("content-length", "1000")]))
    assert assert_answered(wire, b"", to="HEAD").fields.get("Content-Length") == "1000"


@pytest.mark.parametrize("status", [204, 304])
def test_a_response_that_cannot_have_a_body_has_none(ask_for, origin, status):
    wire = ask_for()
    server = origin.accept()
    server.answer(server.next_request(), b"", status)
    assert_answered(wire, b"", status)
    assert wire.is_silent(A_MOMENT)


def test_trailers_of_a_response_do_not_disturb_its_body(ask_for, origin):
    wire = ask_for("/", "TE: trailers")
    server = origin.accept()
    server.answer(server.next_request(), b"hello", trailers=[("x-sum", "42")])
    got = assert_answered(wire, b"hello")
    assert not got.trailers or got.trailers.get("x-sum") == "42"


def test_a_response_of_trailers_alone_behind_its_head(ask_for, origin):
    wire = ask_for()
    server = origin.accept()
    server.answer(server.next_request(), b"", trailers=[("x-sum", "42")])
    assert_answered(wire, b"")


def test_a_whole_response_before_the_end_of_the_request_is_kept(ask_for, origin):
    """Section 8.1: RST_STREAM(NO_ERROR) behind it only says that the rest of the request is not wanted."""
    wire = ask_for("/", "Content-Length: 1000000", method="POST")
    wire.send(b"a" * 1000)
    server = origin.accept()
    stream = server.next_request()
    server.answer(stream, b"early", 403)
    server.send(rst_stream(stream.number, Code.NO_ERROR))
    assert_answered(wire, b"early", 403)
    server.settle()


def test_a_response_that_is_reset_breaks_off(ask_for, origin):
    wire = ask_for()
    server = origin.accept()
    stream = server.next_request()
    server.send(headers(stream.number, OK, end=False), data(stream.number, b"abc"))
    head = wire.read_response_head()
    assert head.status == 200
    server.send(rst_stream(stream.number, Code.INTERNAL_ERROR))
    with pytest.raises(Truncated):
        wire.read_body(head)


def test_a_connection_that_breaks_in_a_response_breaks_it_off(ask_for, origin):
    wire = ask_for("/", "Connection: close")
    server = origin.accept()
    stream = server.next_request()
    server.send(headers(stream.number, OK, end=False), data(stream.number, b"abc"))
    server.settle()
    server.close()
    received = wire.receive_all()
    assert not received or read_responses(received)[1] or received.startswith(b"HTTP/1.1 502")


# ---- connections are shared

def test_requests_share_a_connection(ask_for, origin):
    wires = [ask_for() for _ in range(3)]
    server = origin.accept()
    streams = [server.next_request() for _ in wires]
    for stream in reversed(streams):
        server.answer(stream)
    for wire in wires:
        assert_answered(wire)
    for _ in range(5):
        wire = ask_for()
        server.answer(server.next_request())
        assert_answered(wire)


def test_responses_find_their_clients(ask_for, origin):
    wires = [ask_for(f"/{n}") for n in range(20)]
    server = origin.accept()
    streams = [server.next_request() for _ in wires]
    for stream in streams[::-2] + streams[-2::-2]:
        server.answer(stream, stream.fields.get(":path").encode())
    for n, wire in enumerate(wires):
        assert_answered(wire, b"/%d" % n)


def test_a_client_that_leaves_cancels_its_stream_and_no_other(ask_for, origin):
    leaving, staying = ask_for("/leaving"), ask_for("/staying")
    server = origin.accept()
    streams = {stream.fields.get(":path"): stream for stream in (server.next_request(), server.next_request())}
    leaving.reset()
    server.read_until(lambda: streams["/leaving"].reset is not None, "RST_STREAM")
    assert streams["/leaving"].reset in (Code.CANCEL, Code.NO_ERROR)
    server.send(headers(streams["/leaving"].number, OK))  # it was on its way
    server.answer(streams["/staying"])
    assert_answered(staying)


# ---- 5.1.2 MAX_CONCURRENT_STREAMS; every new stream is judged by the limit

def test_no_more_streams_are_opened_than_the_origin_allows(ask_for, origin):
    ask_for.upstream = {"max_connections": 2}
    limit = (Setting.MAX_CONCURRENT_STREAMS, 1)
    first = ask_for()
    server = origin.accept(limit)
    server.answer(server.next_request())
    assert_answered(first)
    server.acknowledged()
    wires = [ask_for() for _ in range(8)]
    for _ in wires:
        at, stream = origin.next_request(limit)
        at.answer(stream)
    for wire in wires:
        assert_answered(wire)
    assert len(origin._servers) <= 2


def test_a_limit_that_is_raised_lets_requests_go(ask_for, origin):
    ask_for.upstream = {"max_connections": 1}
    first = ask_for()
    server = origin.accept()
    server.answer(server.next_request())
    assert_answered(first)
    server.send(settings((Setting.MAX_CONCURRENT_STREAMS, 0)))
    server.acknowledged()
    wire = ask_for()
    server.read_for(0.2 * SLACK)
    assert not server._unclaimed
    server.send(settings((Setting.MAX_CONCURRENT_STREAMS, 1)))
    server.answer(server.next_request())
    assert_answered(wire)


def test_a_limit_of_nothing_from_the_start_makes_requests_wait(ask_for, origin):
    ask_for.upstream = {"max_connections": 1}
    wire = ask_for()
    server = origin.accept((Setting.MAX_CONCURRENT_STREAMS, 0))
    server.acknowledged()
    server.read_for(0.2 * SLACK)
    if server._unclaimed:  # it had left before the limit was known
        server.send(rst_stream(server._unclaimed.popleft().number, Code.REFUSED_STREAM))
        server.read_for(0.2 * SLACK)
    assert not server._unclaimed
    server.send(settings((Setting.MAX_CONCURRENT_STREAMS, 100)))
    server.answer(server.next_request())
    assert_answered(wire)


def test_a_limit_that_is_lowered_lets_open_streams_finish(ask_for, origin):
    ask_for.upstream = {"max_connections": 1}
    wires = [ask_for() for _ in range(3)]
    server = origin.accept()
    streams = [server.next_request() for _ in wires]
    server.send(settings((Setting.MAX_CONCURRENT_STREAMS, 1)))
    server.acknowledged()
    late = ask_for()
    server.settle()
    for stream in streams:
        server.answer(stream)
    for wire in wires:
        assert_answered(wire)
    server.answer(server.next_request())
    assert_answered(late)


# ---- 6.9 flow control of what we are sent; every DATA frame is judged by the windows

def sent_of(server, stream):
    """How much of a body has come when nothing more does."""
    server.settle()
    server.read_for(A_MOMENT)
    return len(stream.body)


@pytest.fixture
def uploading(ask_for, origin):
    """(client's wire, server, stream) of an upload of 100,000 bytes on a connection whose windows are 100 and known."""
    first = ask_for()
    server = origin.accept((Setting.INITIAL_WINDOW_SIZE, 100))
    server.answer(server.next_request())
    assert_answered(first)
    server.acknowledged()
    wire = ask_for(body=b"a" * 100_000, method="POST")
    stream = server.next_request()
    server.read_until(lambda: len(stream.body) == 100)
    assert sent_of(server, stream) == 100
    return wire, server, stream


def finish(wire, server, stream):
    server.grant(1 << 20)
    server.grant(1 << 20, stream.number)
    server.body_of(stream)
    assert len(stream.body) == 100_000
    server.answer(stream)
    assert_answered(wire)


def test_a_body_waits_for_the_window_of_its_stream(uploading):
    wire, server, stream = uploading
    for size in (101, 102, 103):
        server.grant(1, stream.number)
        server.read_until(lambda: len(stream.body) == size)
        assert sent_of(server, stream) == size
    finish(wire, server, stream)


def test_a_window_that_grows_by_settings_lets_a_body_go_on(uploading):
    wire, server, stream = uploading
    server.send(settings((Setting.INITIAL_WINDOW_SIZE, 150)))
    server.acknowledged()
    server.read_until(lambda: len(stream.body) == 150)
    assert sent_of(server, stream) == 150
    finish(wire, server, stream)


def test_a_window_that_becomes_negative_by_settings_is_filled_from_there(uploading):
    wire, server, stream = uploading
    server.send(settings((Setting.INITIAL_WINDOW_SIZE, 40)))
    server.acknowledged()
    assert stream.window == -60
    server.grant(60, stream.number)
    assert sent_of(server, stream) == 100
    server.grant(1, stream.number)
    server.read_until(lambda: len(stream.body) == 101)
    assert sent_of(server, stream) == 101
    finish(wire, server, stream)


def test_a_body_waits_for_the_window_of_the_connection(ask_for, origin):
    wire = ask_for(body=b"a" * 100_000, method="POST")
    server = origin.accept((Setting.INITIAL_WINDOW_SIZE, 1 << 20))
    stream = server.next_request()
    server.read_until(lambda: server.window == 0)
    assert sent_of(server, stream) == 65535
    server.grant(100)
    server.read_until(lambda: server.window == 0)
    assert sent_of(server, stream) == 65635
    finish(wire, server, stream)


def test_other_requests_pass_a_body_that_waits(uploading, ask_for):
    wire, server, stream = uploading
    for _ in range(3):
        other = ask_for()
        server.answer(server.next_request())
        assert_answered(other)
    finish(wire, server, stream)


@pytest.mark.parametrize("size", [16384, 20_000, 1 << 20, (1 << 24) - 1])
def test_frames_are_no_larger_than_the_origin_allows(ask_for, origin, size):
    wire = ask_for(body=b"a" * 200_000, method="POST")
    server = origin.accept((Setting.MAX_FRAME_SIZE, size), (Setting.INITIAL_WINDOW_SIZE, 1 << 24))
    server.limits[Setting.MAX_FRAME_SIZE] = 16384
    stream = server.whole_request()
    assert len(stream.body) == 200_000
    server.answer(stream)
    assert_answered(wire)


@pytest.mark.parametrize("size", [0, 1, 100, 4096, 1 << 16])
def test_requests_are_compressed_within_the_table_that_the_origin_allows(ask_for, origin, size):
    wire = ask_for()
    server = origin.accept((Setting.HEADER_TABLE_SIZE, size))
    server.answer(server.next_request())
    assert_answered(wire)
    server.acknowledged()
    for n in range(4):
        wire = ask_for(f"/{n % 2}", "X-Long: " + "a" * 100, f"X-Changing: {n}")
        server.answer(server.next_request())
        assert_answered(wire)
        server.send(settings((Setting.HEADER_TABLE_SIZE, 4096 if n % 2 else size)))
        server.acknowledged()


# ---- 6.9 flow control of what we send

def test_windows_come_back_as_the_client_reads_and_not_before(ask_for, origin):
    wire = ask_for("/", receive_buffer=4096)
    server = origin.accept()
    stream = server.next_request()
    server.send(headers(stream.number, OK, end=False))
    size = 40 << 20
    sent = server.fill(stream, size, quiet=0.3 * SLACK)
    assert sent < 16 << 20, "the client read nothing, so most of this is held by the proxy"
    received = []

    def read():
        received.append(wire.read_response())
    reader = threading.Thread(target=read)
    reader.start()
    while sent < size:
        room = min(stream.credit, server.credit, 16384, size - sent)
        if room <= 0:
            server.read_until(lambda: stream.credit > 0 and server.credit > 0, "WINDOW_UPDATE")
            continue
        sent += room
        server.send(data(stream.number, bytes(room), end=sent == size))
    reader.join(PATIENCE)
    assert len(received[0].body) == size


def test_a_client_that_does_not_read_blocks_nobody_else(ask_for, origin):
    ask_for("/", receive_buffer=4096)
    server = origin.accept()
    stream = server.next_request()
    server.send(headers(stream.number, OK, end=False))
    server.fill(stream)
    assert server.credit > 0, "one stream used up the window of the connection"
    other = ask_for("/other")
    at, asked = origin.next_request()
    at.answer(asked, b"x" * 1000)
    assert_answered(other, b"x" * 1000)


def test_data_past_a_window_is_an_error(ask_for, origin):
    wire = ask_for("/", receive_buffer=4096)
    server = origin.accept()
    stream = server.next_request()
    server.send(headers(stream.number, OK, end=False))
    server.fill(stream)
    server.send(data(stream.number, bytes(1000)))
    server.read_until(lambda: stream.reset is not None or server.goaway, "FLOW_CONTROL_ERROR")
    assert (server.goaway[1] if server.goaway else stream.reset) == Code.FLOW_CONTROL_ERROR
    assert read_responses(wire.receive_all())[1]


def test_padding_is_paid_back_too(ask_for, origin):
    wire = ask_for()
    server = origin.accept()
    stream = server.next_request()
    server.send(headers(stream.number, OK, end=False))
    rounds = min((stream.credit + server.credit) // 257 + 10, 12_000)
    for _ in range(rounds):
        if stream.credit < 257 or server.credit < 257:
            server.read_until(lambda: stream.credit >= 257 and server.credit >= 257, "WINDOW_UPDATE for padding")
        server.send(data(stream.number, b"x", pad=255))
    server.send(data(stream.number, b"", end=True))
    assert_answered(wire, b"x" * rounds)


def test_data_for_cancelled_streams_is_paid_back_to_the_connection(ask_for, origin):
    staying = ask_for("/staying")
    server = origin.accept()
    kept = server.next_request()
    start = server.credit
    sent = 0
    while sent < min(start * 2, 4 << 20):
        leaving = ask_for("/leaving")
        stream = server.next_request()
        server.send(headers(stream.number, OK, end=False))
        leaving.reset()
        server.read_until(lambda: stream.reset is not None, "RST_STREAM")
        room = min(stream.credit, server.credit, 64 << 10)
        assert room, "the window of the connection leaks"
        for _ in range(0, room, 16384):  # it was on its way
            server.send(data(stream.number, bytes(min(16384, room))))
        sent += room
        server.read_for(0.01)
    server.answer(kept)
    assert_answered(staying)


# ---- 6.5 and 6.7: answers

def test_every_settings_frame_is_acknowledged(ask_for, origin):
    wire = ask_for()
    server = origin.accept()
    stream = server.next_request()
    server.send(*[settings((Setting.INITIAL_WINDOW_SIZE, 1000 + n)) for n in range(20)])
    server.acknowledged()
    server.answer(stream)
    assert_answered(wire)


def test_every_ping_is_answered_with_its_payload_in_order(ask_for, origin):
    wire = ask_for()
    server = origin.accept()
    stream = server.next_request()
    server.send(*[ping(b"%08d" % n) for n in range(50)])
    server.read_until(lambda: not server._pings, "50 answers")
    server.answer(stream)
    assert_answered(wire)
    server.settle()  # an idle connection answers, too


# ---- 6.8 GOAWAY

@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
def test_streams_above_the_last_one_of_goaway_are_asked_again_elsewhere(ask_for, origin, method):
    wires = {path: ask_for(path, *(["Content-Length: 0"] if method == "POST" else []), method=method) for path in ("/1", "/2")}
    server = origin.accept()
    first, second = server.next_request(), server.next_request()
    server.send(goaway(first.number, Code.NO_ERROR))
    other = origin.accept()
    again = other.next_request()
    assert again.fields.get(":path") == second.fields.get(":path") and again.method == method
    other.answer(again, b"elsewhere")
    server.answer(first, b"here")
    assert_answered(wires[first.fields.get(":path")], b"here")
    assert_answered(wires[second.fields.get(":path")], b"elsewhere")
    server.read_to_end()


def test_streams_below_the_last_one_of_goaway_finish(ask_for, origin):
    wires = [ask_for() for _ in range(3)]
    server = origin.accept()
    streams = [server.next_request() for _ in wires]
    server.send(goaway(LARGEST_STREAM, Code.NO_ERROR))
    server.settle()
    late = ask_for("/late")
    other = origin.accept()
    other.answer(other.next_request(), b"elsewhere")
    assert_answered(late, b"elsewhere")
    server.send(goaway(streams[-1].number, Code.NO_ERROR))
    for stream in streams:
        server.answer(stream)
    for wire in wires:
        assert_answered(wire)
    server.read_to_end()


def test_goaway_on_an_idle_connection_ends_it(ask_for, origin):
    wire = ask_for()
    server = origin.accept()
    server.answer(server.next_request())
    assert_answered(wire)
    server.send(goaway(1, Code.NO_ERROR))
    server.read_to_end()
    late = ask_for()
    other = origin.accept()
    other.answer(other.next_request(), b"elsewhere")
    assert_answered(late, b"elsewhere")


def test_goaway_and_a_close_without_an_answer_is_502_where_asking_again_is_unsafe(ask_for, origin):
    wire = ask_for(body=b"hello", method="POST")
    server = origin.accept()
    stream = server.whole_request()
    server.send(goaway(stream.number, Code.INTERNAL_ERROR))
    server.close()
    assert wire.read_response().status == 502


def test_goaway_again_and_again_is_502_in_the_end(ask_for, origin):
    wire = ask_for()
    origin._listener.settimeout(0.5)
    attempts = 0
    try:
        while attempts < 50:
            server = origin.accept()
            if server.next_request():
                attempts += 1
            server.send(goaway(0, Code.NO_ERROR))
    except OSError:
        pass
    assert attempts < 50
    assert wire.read_response().status in (502, 503)


# ---- 8.7 RST_STREAM before a response

@pytest.mark.parametrize("method", ["GET", "DELETE", "POST", "PATCH"])
def test_a_refused_stream_is_asked_again(ask_for, origin, method):
    wire = ask_for("/", *(["Content-Length: 0"] if method in ("POST", "PATCH") else []), method=method)
    server, stream = origin.next_request()
    server.send(rst_stream(stream.number, Code.REFUSED_STREAM))
    server, stream = origin.next_request()
    assert stream.method == method
    server.answer(stream)
    assert_answered(wire)


def test_a_stream_that_is_refused_again_and_again_is_502_in_the_end(ask_for, origin):
    wire = ask_for()
    attempts = 0
    while wire.is_silent(0.01) and attempts < 100:
        try:
            for server in origin._servers:
                server.read_for(0)
                while server._unclaimed:
                    attempts += 1
                    server.send(rst_stream(server._unclaimed.popleft().number, Code.REFUSED_STREAM))
            origin._listener.settimeout(0.05)
            origin.accept()
        except OSError:
            pass
    assert attempts < 100
    assert wire.read_response().status in (502, 503)


@pytest.mark.parametrize("code", [code for code in Code if code != Code.REFUSED_STREAM] + [0xfafafafa], ids=lambda code: name_of(Code, code))
def test_a_stream_that_is_reset_before_its_response_is_502(ask_for, origin, code):
    wire = ask_for(body=b"hello", method="POST")
    server = origin.accept()
    stream = server.whole_request()
    server.send(rst_stream(stream.number, code))
    assert wire.read_response().status == 502
    late = ask_for()
    at, stream = origin.next_request()
    at.answer(stream)
    assert_answered(late)


def test_a_refused_stream_whose_body_has_left_is_502_or_asked_again_whole(ask_for, origin):
    wire = ask_for(body=b"a" * 30_000, method="POST")
    server = origin.accept()
    stream = server.whole_request()
    server.send(rst_stream(stream.number, Code.REFUSED_STREAM))
    server.read_for(0.2)
    if server._unclaimed:
        again = server.whole_request()
        assert len(again.body) == 30_000
        server.answer(again)
        assert_answered(wire)
    else:
        assert wire.read_response().status == 502


# ---- 8.4 pushes

def test_a_push_is_a_connection_error_and_nobody_gets_it(ask_for, origin):
    wire = ask_for()
    server = origin.accept()
    stream = server.next_request()
    server.acknowledged()
    promised = [(":method", "GET"), (":scheme", "http"), (":authority", "a.test"), (":path", "/pushed")]
    server.send(push_promise(stream.number, 2, promised), headers(2, OK, end=False), data(2, b"pushed", end=True))
    server.read_to_end()
    assert server.goaway and server.goaway[1] == Code.PROTOCOL_ERROR
    assert wire.read_response().status == 502


# ---- both sides at once

def test_http_2_on_both_sides(start, origin):
    proxy = start(origin)
    with Client.connect(proxy.http) as client:
        number = client.request(("te", "trailers"), method="POST", end=False)
        client.send(data(number, b"hello"), headers(number, [("x-sum", "42")]))
        server = origin.accept()
        stream = server.whole_request()
        assert bytes(stream.body) == b"hello"
        server.send(headers(stream.number, [(":status", "103")], end=False))
        server.answer(stream, b"world", trailers=[("grpc-status", "0")])
        got = client.response(number)
        assert (got.interim, got.status, bytes(got.body)) == ([103], 200, b"world")
        assert got.trailers.get("grpc-status") == "0"


def test_a_cancelled_stream_is_cancelled_at_the_origin(start, origin):
    proxy = start(origin)
    with Client.connect(proxy.http) as client:
        number = client.request()
        server = origin.accept()
        stream = server.next_request()
        client.send(rst_stream(number))
        server.read_until(lambda: stream.reset is not None, "RST_STREAM")
        assert stream.reset in (Code.CANCEL, Code.NO_ERROR)
        other = client.request()
        server.answer(server.next_request())
        assert client.response(other).status == 200


def test_a_reset_by_the_origin_is_a_reset_for_the_client(start, origin):
    proxy = start(origin)
    with Client.connect(proxy.http) as client:
        number = client.request()
        server = origin.accept()
        stream = server.next_request()
        server.send(headers(stream.number, OK, end=False), data(stream.number, b"abc"))
        got = client.streams[number]
        client.read_until(lambda: got.body == b"abc")
        server.send(rst_stream(stream.number, Code.INTERNAL_ERROR))
        client.read_until(lambda: got.is_over)
        assert got.reset is not None and got.reset != Code.NO_ERROR
        other = client.request()
        server.answer(server.next_request())
        assert client.response(other).status == 200


def test_a_window_of_the_client_is_a_window_for_the_origin(start, origin):
    proxy = start(origin)
    with Client.connect(proxy.http) as client:
        number = client.request()
        server = origin.accept()
        stream = server.next_request()
        server.send(headers(stream.number, OK, end=False))
        sent = server.fill(stream, 40 << 20)
        assert sent < 4 << 20, "the client's window is 65,535"
        client.read_until(lambda: not client.window)
        client.send(settings((Setting.INITIAL_WINDOW_SIZE, 1 << 30)))
        client.grant(1 << 30)
        client.read_until(lambda: len(client.streams[number].body) == sent)
        server.read_until(lambda: stream.credit > 0, "WINDOW_UPDATE")
        server.send(data(stream.number, b"", end=True))
        assert len(client.response(number).body) == sent
