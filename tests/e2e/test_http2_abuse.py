"""What HTTP/2 lets a peer do that costs it little and us much: bounded floods, over clear text.

Each attack is over within seconds: by GOAWAY, by a close, or because it was small and all of it was answered. Meanwhile
others are served quickly, and the proxy does not grow.
"""

import contextlib
import time

import pytest

from http2_rules import HOLD, fields_of
from support.h2 import Client
from support.h2_frames import (
    INDEXED, LARGEST_WINDOW, Code, Kind, Setting, continuation, data, frame, headers, headers_in_pieces, indexed, literal, ping,
    priority, priority_update, rst_stream, settings, table_size, unknown, window_update)
from support.h2_origin import ScriptedHttp2Origin
from support.http1 import Wire, response
from support.neighbour import PATH, Neighbour
from support.origin import Nginx, Origin
from support.ports import free_port
from support.process import IS_SANITIZED, PATIENCE, SLACK, milliseconds

BODY = 4 << 20
MOST_GROWTH = 64 << 20      # resident bytes: of a hundred streams each 256 KiB nobody took, one read of 128 KiB on top, and rests of blocks: 41 to 51 MiB
SOON = 1.0 * SLACK          # in which a neighbour's request is answered
OVER = 8.0 * SLACK          # in which an attack is over


@pytest.fixture(scope="module")
def neighbour(tmp_path_factory):
    """It has an origin of its own: whom an attack keeps busy, nobody may time."""
    made = Neighbour()
    made.origin = Nginx(tmp_path_factory.mktemp("neighbour"))
    yield made
    made.close()
    made.origin.kill()


@pytest.fixture(scope="module")
def witness_port():
    return free_port()


@pytest.fixture
def witness(witness_port):
    """The origin that sees what of an attack comes through: another one for each, which does not see what an earlier one left behind."""
    with Origin(lambda request, wire: None if request.target == HOLD else response(b"ok"), port=witness_port) as origin:
        yield origin


@pytest.fixture(scope="module")
def proxy(start_for_module, neighbour, nginx, witness_port):
    (nginx.files / "big").write_bytes(bytes(BODY))
    proxy = start_for_module(
        routes=[{"match": {"path": [PATH]}, "upstream": "neighbour"}, {"match": {"path": ["/big"]}, "upstream": "big"},
                {"upstream": "witness"}],
        upstreams={"neighbour": {"endpoints": [neighbour.origin.endpoint]}, "big": {"endpoints": [nginx.endpoint]},
                   "witness": {"endpoints": [f"http://127.0.0.1:{witness_port}"]}},
        listener={"timeouts": {"send": milliseconds(1500), "body": milliseconds(1500), "header": milliseconds(1500)}})
    for _ in range(3):  # what it takes once is not growth
        with Client.connect(proxy.http) as client:
            for _ in range(20):
                client.get(PATH)
    return proxy


class Watch:
    """What an attack does to everybody else."""

    def __init__(self, proxy, neighbour, witness=None):
        self._proxy, self._neighbour, self._witness = proxy, neighbour, witness
        self.peak = 0

    def __enter__(self):
        self._before = self._proxy.resident_bytes()
        self._neighbour.begin(self._proxy.http)
        return self

    def look(self):
        self.peak = max(self.peak, self._proxy.resident_bytes() - self._before)

    def __exit__(self, kind, *_):
        self.look()
        took, failures = self._neighbour.end()
        if kind:
            return
        assert not failures, failures[0]
        assert max(took) < SOON, f"a neighbour waited {max(took):.2f} s"
        assert self._proxy.is_running()
        assert IS_SANITIZED or self.peak < MOST_GROWTH, f"grew by {self.peak >> 20} MiB"

    def reached(self):
        """How many requests of the attack the origin saw."""
        return sum(request.target != "/afterwards" for request in self._witness.requests)


@pytest.fixture
def watch(proxy, neighbour, witness):
    with Watch(proxy, neighbour, witness) as watch:
        yield watch


def end_of(client, must_end=True):
    """Reads what is left, until the connection ends or nothing more comes. Whether it ended."""
    client.judges = False
    started = time.monotonic()
    with contextlib.suppress(TimeoutError):
        while not client.is_ended and time.monotonic() - started < OVER:
            client.read(0.5 * SLACK if not must_end else OVER)
    return client.is_ended


def pour(client, pieces, reads=True):
    """Sends the pieces as long as the connection takes them."""
    client.judges = False
    for piece in pieces:
        try:
            if not client.send_raw(piece, patience=2 * SLACK, reads=reads):
                return
        except TimeoutError:
            return


def assert_calmed(client):
    assert end_of(client), f"the flood goes on unopposed: {client}"
    assert client.goaway is None or client.goaway[1] != Code.NO_ERROR, str(client)


def in_packs(frame_of, count, size=500):
    """`frame_of(n)` for each n, many to a write."""
    for at in range(0, count, size):
        yield b"".join(frame_of(n) for n in range(at, min(at + size, count)))


def number(n):
    return 2 * n + 1


# ---- resets

def get_of(client, **pseudo):
    block = fields_of(client, **pseudo)
    return lambda n, end=True: headers(number(n), block, end=end)


PROVOCATIONS = {  # each makes the server reset the stream that was just opened
    "a window past 2^31-1": lambda n: window_update(n, LARGEST_WINDOW),
    "an increment of 0": lambda n: window_update(n, 0),
    "PRIORITY of a bad length": lambda n: frame(Kind.PRIORITY, bytes(4), n),
    "a stream that depends on itself": lambda n: priority(n, on=n),
    "trailers that do not end the stream": lambda n: headers(n, [("x-trailer", "1")], end=False),
    "more DATA than content-length": lambda n: data(n, b"far too much", end=True),
}
AFTER_THE_END = {
    "DATA behind the end": lambda n: data(n, b"late", end=True),
    "HEADERS behind the end": lambda n: headers(n, [("x-trailer", "1")]),
}


def test_rapid_reset(proxy, watch):
    with Client.connect(proxy.http) as client:
        get = get_of(client, path=HOLD)
        pour(client, in_packs(lambda n: get(n) + rst_stream(number(n)), 10_000))
        assert_calmed(client)
    assert watch.reached() < 2000


@pytest.mark.parametrize("code", [Code.NO_ERROR, Code.CANCEL, Code.REFUSED_STREAM, Code.INTERNAL_ERROR], ids=lambda code: code.name)
def test_rapid_reset_with_any_code(proxy, watch, code):
    with Client.connect(proxy.http) as client:
        get = get_of(client)
        pour(client, in_packs(lambda n: get(n) + rst_stream(number(n), code), 10_000))
        assert_calmed(client)
    assert watch.reached() < 2000


def test_rapid_reset_in_small_packs(proxy, watch):
    with Client.connect(proxy.http) as client:
        get = get_of(client)
        pour(client, in_packs(lambda n: get(n) + rst_stream(number(n)), 10_000, size=3))
        assert_calmed(client)


def test_resetting_all_streams_over_and_over(proxy, watch):
    with Client.connect(proxy.http) as client:
        most = client.settings[Setting.MAX_CONCURRENT_STREAMS]
        get = get_of(client, path=HOLD)
        pour(client, (b"".join(get(n) for n in range(at, at + most)) + b"".join(rst_stream(number(n)) for n in range(at, at + most))
                      for at in range(0, 100 * most, most)))
        assert_calmed(client)


@pytest.mark.parametrize("name", PROVOCATIONS)
def test_made_you_reset(proxy, watch, name):
    with Client.connect(proxy.http) as client:
        block = fields_of(client, method="POST", path=HOLD) + literal("content-length", "1")
        provoke = PROVOCATIONS[name]
        pour(client, in_packs(lambda n: headers(number(n), block, end=False) + provoke(number(n)), 10_000))
        assert_calmed(client)
    assert watch.reached() < 2500


@pytest.mark.parametrize("name", AFTER_THE_END)
def test_made_you_reset_after_the_end(proxy, watch, name):
    with Client.connect(proxy.http) as client:
        get = get_of(client, path=HOLD)
        pour(client, in_packs(lambda n: get(n) + AFTER_THE_END[name](number(n)), 10_000))
        assert_calmed(client)
    assert watch.reached() < 2500


@pytest.mark.parametrize("name", ["a field in capitals", "no :path", "content-length and no body", "transfer-encoding"])
def test_a_flood_of_malformed_requests(proxy, watch, name):
    with Client.connect(proxy.http) as client:
        block = {"a field in capitals": fields_of(client) + literal("X-Upper", "1"), "no :path": fields_of(client, path="")[:-1] + b"\0",
                 "content-length and no body": fields_of(client, method="POST") + literal("content-length", "5"),
                 "transfer-encoding": fields_of(client) + literal("transfer-encoding", "chunked")}[name]
        pour(client, in_packs(lambda n: headers(number(n), block), 10_000))
        assert_calmed(client)
    assert watch.reached() == 0


def test_a_flood_of_streams_past_the_limit(proxy, watch):
    with Client.connect(proxy.http) as client:
        get = get_of(client, path=HOLD)
        pour(client, in_packs(get, 10_000))
        assert_calmed(client)
    assert watch.reached() <= 1500


# ---- frames that are cheap to send

FLOODS = {
    "SETTINGS": lambda c: settings(),
    "SETTINGS with a value": lambda c: settings((Setting.INITIAL_WINDOW_SIZE, 1000)),
    "SETTINGS with many values": lambda c: settings(*[(Setting.HEADER_TABLE_SIZE, 4096)] * 100),
    "acknowledgements of SETTINGS": lambda c: frame(Kind.SETTINGS, flags=1),
    "PING": lambda c: ping(),
    "PRIORITY": lambda c: priority(1, on=3),
    "PRIORITY_UPDATE": lambda c: priority_update(1),
    "RST_STREAM of a closed stream": lambda c: rst_stream(1),
    "WINDOW_UPDATE of a closed stream": lambda c: window_update(1, 1),
}


@pytest.mark.parametrize("name", FLOODS)
@pytest.mark.parametrize("reads", [True, False], ids=["that reads the answers", "that reads nothing"])
def test_a_flood_of(proxy, watch, name, reads):
    with Client.connect(proxy.http) as client:
        client.get()
        pour(client, in_packs(lambda n, piece=FLOODS[name](client): piece, 30_000), reads=reads)
        watch.look()
        assert_calmed(client)


def test_a_flood_of_windows_is_answered_or_ended(proxy, watch):
    with Client.connect(proxy.http) as client:
        pour(client, in_packs(lambda n: window_update(0, 1), 30_000))
        if not end_of(client, must_end=False):
            client.judges = True
            client.assert_works()


def test_a_flood_of_empty_data(proxy, watch):
    with Client.connect(proxy.http) as client:
        client.request(method="POST", path=HOLD, end=False)
        pour(client, in_packs(lambda n: data(1), 30_000))
        assert_calmed(client)


def test_a_flood_of_padding_is_no_body_and_given_up(proxy, watch):
    with Client.connect(proxy.http) as client:
        client.request(method="POST", path=HOLD, end=False)
        stream = client.streams[1]
        started = time.monotonic()
        while not client.is_ended and not stream.is_over:
            assert time.monotonic() - started < OVER
            pour(client, in_packs(lambda n: data(1, pad=0), 50))
            client.read_for(0.02)


def test_a_body_of_single_bytes_is_served(proxy, watch):
    """Slow, and legal: not an attack yet."""
    with Client.connect(proxy.http) as client:
        client.request(method="POST", end=False)
        client.upload(1, b"x" * 500, size=1)
        assert client.response(1).status == 200


# ---- header sections

def test_a_flood_of_empty_continuations(proxy, watch):
    with Client.connect(proxy.http) as client:
        pour(client, [headers(1, fields_of(client), end_headers=False), *in_packs(lambda n: continuation(1, b"", end_headers=False), 30_000)])
        assert_calmed(client)
    assert watch.reached() == 0


def test_a_flood_of_continuations_of_one_byte(proxy, watch):
    with Client.connect(proxy.http) as client:
        block = literal("x-long", "a" * 30_000)
        pour(client, [headers(1, fields_of(client), end_headers=False),
                      *in_packs(lambda n: continuation(1, block[n:n + 1], end_headers=False), 30_000)])
        assert_calmed(client)
    assert watch.reached() == 0


def test_a_flood_of_continuations_full_of_fields(proxy, watch):
    with Client.connect(proxy.http) as client:
        full = b"".join(literal(f"x-{n:04}", "a" * 100) for n in range(140))
        pour(client, [headers(1, fields_of(client), end_headers=False), *[continuation(1, full, end_headers=False)] * 2000])
        watch.look()
        assert_calmed(client)
    assert watch.reached() == 0


def assert_refused_or_calmed(client):
    stream = client.streams[1]
    client.read_until(lambda: stream.is_over or client.goaway, "a refusal", OVER)
    if client.goaway or client.is_ended:
        return assert_calmed(client)
    return client.assert_refused(1, *Code)


def bomb(client, entry, references, name="x-bomb"):
    """A block that is small on the wire: one entry of the table, over and over."""
    client.send(headers_in_pieces(1, fields_of(client) + literal(name, "a" * entry, INDEXED) + indexed(62) * references))


@pytest.mark.parametrize("references", [150, 4000, 12_000, 60_000])
def test_a_bomb_of_references_to_one_large_entry(proxy, watch, references):
    with Client.connect(proxy.http) as client:
        bomb(client, 4000, references)
        watch.look()
        assert_refused_or_calmed(client)
    assert watch.reached() == 0


@pytest.mark.parametrize("name", ["x-empty", "cookie"])
def test_a_bomb_of_references_to_one_small_entry(proxy, watch, name):
    with Client.connect(proxy.http) as client:
        bomb(client, 0 if name == "x-empty" else 1, 15_000, name)
        watch.look()
        assert_refused_or_calmed(client)
    assert watch.reached() == 0


def test_bombs_on_all_streams(proxy, watch):
    with Client.connect(proxy.http) as client:
        first = headers_in_pieces(1, fields_of(client) + literal("x-bomb", "a" * 4000, INDEXED) + indexed(62) * 4000)
        block = fields_of(client) + indexed(62) * 4000
        pour(client, [first, *(headers(number(n), block) for n in range(1, 500))])
        watch.look()
        end_of(client)
    assert watch.reached() == 0


@pytest.mark.parametrize("count", [150, 1000, 10_000])
@pytest.mark.parametrize("of", ["cookie crumbs", "empty names", "fields without values", "one field again and again"])
def test_a_header_section_of_too_many_fields(proxy, watch, of, count):
    with Client.connect(proxy.http) as client:
        field = {"cookie crumbs": ("cookie", "a=b"), "empty names": ("", ""), "fields without values": ("x-a", ""),
                 "one field again and again": ("x-a", "b")}[of]
        with contextlib.suppress(OSError):
            client.send(headers_in_pieces(1, fields_of(client) + literal(*field) * count))
        assert_refused_or_calmed(client)
    assert watch.reached() == 0


def test_a_flood_of_table_sizes(proxy, watch):
    with Client.connect(proxy.http) as client:
        client.send(headers_in_pieces(1, (table_size(0) + table_size(4096)) * 6000 + fields_of(client)))
        stream = client.streams[1]
        client.read_until(lambda: stream.is_over or client.goaway)


def test_a_table_that_is_evicted_over_and_over(proxy, watch):
    with Client.connect(proxy.http) as client:
        for n in range(200):
            if client.send(headers(client.next, fields_of(client) + literal(f"x-{n}", "a" * 3900, INDEXED))):
                client.response(number(n))


# ---- stalls

def test_a_hundred_responses_into_a_window_of_nothing(proxy, watch):
    with Client.connect(proxy.http, settings=[(Setting.INITIAL_WINDOW_SIZE, 0)]) as client:
        numbers = [client.request(path="/big") for _ in range(client.settings[Setting.MAX_CONCURRENT_STREAMS])]
        started = time.monotonic()
        while not client.is_ended and not all(client.streams[n].is_over for n in numbers):
            assert time.monotonic() - started < OVER, f"nothing ended the stall: {client}"
            client.read_for(0.2)
            watch.look()
        assert not any(client.streams[n].body for n in numbers)


def test_a_hundred_responses_of_which_nothing_is_read(proxy, watch):
    with Client.connect(proxy.http, settings=[(Setting.INITIAL_WINDOW_SIZE, LARGEST_WINDOW)], receive_buffer=4096) as client:
        client.grant(LARGEST_WINDOW - 65535)
        for _ in range(client.settings[Setting.MAX_CONCURRENT_STREAMS]):
            client.request(path="/big")
        started = time.monotonic()
        while time.monotonic() - started < 4 * SLACK:
            time.sleep(0.2)
            watch.look()
        assert end_of(client)


def test_a_window_of_one_byte_at_a_time(proxy, watch):
    with Client.connect(proxy.http, settings=[(Setting.INITIAL_WINDOW_SIZE, 1)]) as client:
        most = client.settings[Setting.MAX_CONCURRENT_STREAMS]
        for _ in range(most):
            client.request(path="/big")
        for n in range(200):
            try:
                client.grant(1, stream=number(n % most))
            except OSError:
                break
            client.read_for(0.01)
            watch.look()
            if client.is_ended:
                break


def test_a_connection_window_of_nothing(proxy, watch):
    with Client.connect(proxy.http, settings=[(Setting.INITIAL_WINDOW_SIZE, LARGEST_WINDOW)]) as client:
        numbers = [client.request(path="/big") for _ in range(20)]
        started = time.monotonic()
        while not client.is_ended and not all(client.streams[n].is_over for n in numbers):
            assert time.monotonic() - started < OVER, f"nothing ended the stall: {client}"
            client.read_for(0.2)
            watch.look()


def test_bodies_that_never_come_are_given_up(proxy, watch):
    with Client.connect(proxy.http) as client:
        numbers = [client.request(method="POST", path="/", end=False) for _ in range(50)]
        client.read_until(lambda: all(client.streams[n].is_over for n in numbers), "the bodies' timeout", OVER)


def test_a_head_that_never_ends_is_given_up(proxy, watch):
    with Client.connect(proxy.http) as client:
        client.send(headers(1, fields_of(client), end_headers=False))
        assert end_of(client)
    assert watch.reached() == 0


def test_a_preface_that_never_ends_is_given_up(proxy, watch):
    with Client.connect(proxy.http, greets=False) as client:
        client.send_raw(b"PRI * HTTP/2.0\r\n\r\nSM")
        assert end_of(client)


# ---- origins attack, too

ORIGIN_FLOODS = {
    "PING": lambda n: ping(),
    "SETTINGS": lambda n: settings(),
    "informational heads": lambda n: headers(n, [(":status", "103")], end=False),
    "empty DATA": lambda n: data(n),
    "empty CONTINUATION": lambda n: continuation(n, b"", end_headers=False),
    "unknown frames": lambda n: unknown(),
    "PRIORITY": lambda n: priority(n),
}
BEFORE = {"empty DATA": lambda n: headers(n, [(":status", "200")], end=False),
          "empty CONTINUATION": lambda n: headers(n, b"\x88", end_headers=False)}


@pytest.fixture
def behind(start, neighbour):
    """(a proxy, its scripted origin), and a flow of other requests to another origin."""
    with ScriptedHttp2Origin() as attacker:
        proxy = start(routes=[{"match": {"path": ["/attacked"]}, "upstream": "attacker"}, {"upstream": "neighbour"}],
                      upstreams={"attacker": {"endpoints": [attacker.endpoint],
                                              "timeouts": {"first_byte": milliseconds(2000), "idle": milliseconds(1500)}},
                                 "neighbour": {"endpoints": [neighbour.origin.endpoint]}})
        with Watch(proxy, neighbour) as watch:
            yield proxy, attacker, watch


@pytest.mark.parametrize("name", ORIGIN_FLOODS)
def test_an_origin_floods_with(behind, name):
    proxy, origin, watch = behind
    with Wire.connect(proxy.http) as wire:
        wire.get("/attacked", "Connection: close")
        server = origin.accept()
        stream = server.next_request()
        server.judges = False
        if name in BEFORE:
            server.send(BEFORE[name](stream.number))
        pour(server, in_packs(lambda n, piece=ORIGIN_FLOODS[name](stream.number): piece, 30_000))
        received = wire.receive_all()
        assert received.startswith((b"HTTP/1.1 502", b"HTTP/1.1 504", b"HTTP/1.1 103")) or name == "empty DATA", received[:100]
        watch.look()
        server.read_for(0.1)


def test_an_origin_sends_a_bomb(behind):
    proxy, origin, watch = behind
    with Wire.connect(proxy.http) as wire:
        wire.get("/attacked", "Connection: close")
        server = origin.accept()
        stream = server.next_request()
        server.judges = False
        server.send(headers_in_pieces(stream.number, b"\x88" + literal("x-bomb", "a" * 4000, INDEXED) + indexed(62) * 30_000))
        assert wire.receive_all().startswith(b"HTTP/1.1 502")
        watch.look()


def test_an_origin_that_takes_nothing_of_an_upload_is_given_up(behind):
    proxy, origin, watch = behind
    with Wire.connect(proxy.http) as wire:
        wire.send("POST /attacked HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000000\r\nConnection: close\r\n\r\n")
        server = origin.accept((Setting.INITIAL_WINDOW_SIZE, 0))
        assert server.next_request()
        wire.sock.settimeout(0.2)
        with contextlib.suppress(OSError):
            for _ in range(1600):
                wire.send(bytes(1 << 16))
        watch.look()
        wire.sock.settimeout(PATIENCE)
        assert wire.receive_all()[:12] in (b"HTTP/1.1 502", b"HTTP/1.1 504", b"")
