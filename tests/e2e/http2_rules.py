"""Rules of RFC 9113 (and RFC 7541) that a server must keep, one row each: what a client sends, and what it may get for it.

The sections are those of RFC 9113. A script sends from a connection whose settings are exchanged; stream 1 is the one that
the verdict is about, unless it says otherwise. Every way the RFC allows is right, and no other: it lets an endpoint treat
any stream error as a connection error, and answer a malformed request with a status before it resets the stream.
"""

from dataclasses import dataclass
from typing import Callable

import hpack

from support.h2_frames import (
    ACK, END_HEADERS, END_STREAM, FIRST_DYNAMIC, INDEXED, LARGEST_STREAM, LARGEST_WINDOW, MAGIC, NEVER, PADDED, PRIORITY, Code, Kind, Setting,
    altsvc, continuation, data, frame, goaway, headers, headers_in_pieces, indexed, integer, literal, ping, priority, priority_update,
    push_promise, rst_stream, settings, settings_ack, string, table_size, unknown, window_update)

HOLD = "/hold"  # the origin never answers it: the stream stays half-closed


@dataclass(frozen=True)
class Rule:
    section: str
    sentence: str
    script: Callable   # of the client
    verdict: Callable  # of the client
    reaches: int = 0   # requests that the origin may see, besides the one that proves that all is well
    completes: int = 0  # that it may believe to be whole

    @property
    def id(self):
        return f"{self.section}: {self.sentence}"


# ---- verdicts

def connection_error(*codes):
    return lambda c: c.assert_connection_error(*codes)


def stream_error(*codes, stream=1):
    return lambda c: c.assert_stream_error(stream, *codes)


def refused(*codes, stream=1, statuses=()):
    return lambda c: c.assert_refused(stream, *codes, statuses=statuses)


def unharmed(c):
    c.assert_unharmed()


def served(c):
    assert c.response(1).status == 200
    c.assert_unharmed()


def either(*verdicts):
    """The first one whose sign is seen: a connection that ends, a stream that is reset, or one that goes on."""
    connection, otherwise = verdicts

    def judge(c):
        c.settle_or_end()
        (connection if c.goaway or c.is_ended else otherwise)(c)
    return judge


def tolerated_or(*codes):
    return either(connection_error(*codes), unharmed)


PROTOCOL, SIZE, CLOSED, FLOW, COMPRESSION = (
    Code.PROTOCOL_ERROR, Code.FRAME_SIZE_ERROR, Code.STREAM_CLOSED, Code.FLOW_CONTROL_ERROR, Code.COMPRESSION_ERROR)


# ---- streams in each state

def an_open(c, stream=1):
    """A request whose body is on its way."""
    c.request(method="POST", path=HOLD, end=False, stream=stream)


def a_half_closed(c, stream=1):
    """A whole request without an answer."""
    c.request(path=HOLD, stream=stream)


def a_closed(c, stream=1):
    """A request and its answer, whole."""
    c.request(stream=stream)
    c.response(stream)


def a_reset(c, stream=1):
    """A request that we cancelled, some time ago."""
    c.request(path=HOLD, stream=stream)
    c.settle()
    c.send(rst_stream(stream))
    c.settle()


def behind(state, *pieces):
    """A script: the stream in that state, then those frames. A piece may be a function of the client."""
    def script(c):
        state(c)
        c.send(*(piece(c) if callable(piece) else piece for piece in pieces))
    return script


def sends(*pieces):
    return behind(lambda c: None, *pieces)


def a_request(stream=1, *more, end=True, **pseudo):
    """A piece: HEADERS of a good request."""
    return lambda c: headers(stream, c.fields(*more, **pseudo), end=end)


def a_block(*before, stream=1, after=()):
    """A piece: HEADERS with raw HPACK before and after the fields of a good request."""
    return lambda c: headers(stream, b"".join(before) + fields_of(c) + b"".join(after))


def fields_of(c, **pseudo):
    return b"".join(literal(*field) for field in c.fields(**pseudo))


RULES = []


def rule(section, sentence, script, verdict, **more):
    RULES.append(Rule(section, sentence, script, verdict, **more))


def rules(section, verdict, scripts, **more):
    for sentence, script in scripts.items():
        rule(section, sentence, script, verdict, **more)


# ---- 4.1 frame format

rules("4.1", unharmed, {
    "a frame of unknown type on the connection is ignored": sends(unknown()),
    "a frame of unknown type without a payload is ignored": sends(unknown(payload=b"")),
    "a frame of unknown type and the largest size is ignored": sends(unknown(payload=bytes(16384))),
    "a frame of unknown type on an idle stream is ignored": sends(unknown(stream=1)),
    "a frame of unknown type on a closed stream is ignored": behind(a_closed, unknown(stream=1)),
    "a frame of unknown type on a half-closed stream is ignored": behind(a_half_closed, unknown(stream=1)),
    "a frame of each unassigned type is ignored": sends(*(frame(kind, b"x", 0, 0xff) for kind in range(0x11, 0x100))),
    "undefined flags of SETTINGS are ignored": sends(settings(flags=0xfe)),
    "undefined flags of PING are ignored": sends(frame(Kind.PING, b"12345678", 0, 0xfe)),
    "undefined flags of PRIORITY are ignored": sends(frame(Kind.PRIORITY, bytes(5), 1, 0xff)),
    "undefined flags of WINDOW_UPDATE are ignored": sends(frame(Kind.WINDOW_UPDATE, b"\0\0\0\1", 0, 0xff)),
    "undefined flags of RST_STREAM are ignored": behind(a_half_closed, frame(Kind.RST_STREAM, bytes([0, 0, 0, 8]), 1, 0xff)),
    "the reserved bit of a PING is ignored": sends(ping(reserved=1)),
    "the reserved bit of SETTINGS is ignored": sends(settings(reserved=1)),
    "the reserved bit of an increment is ignored": sends(frame(Kind.WINDOW_UPDATE, b"\x80\0\0\1")),
    "ALTSVC from a client is ignored": sends(altsvc()),
}, reaches=1, completes=1)
rules("4.1", served, {
    "the reserved bit of HEADERS is ignored": lambda c: c.send(headers(1, c.fields(), reserved=1)),
    "undefined flags of HEADERS are ignored":
        lambda c: c.send(frame(Kind.HEADERS, fields_of(c), 1, 0xff & ~PADDED & ~PRIORITY)),
    "undefined flags of DATA are ignored":
        behind(lambda c: c.request(method="POST", end=False), frame(Kind.DATA, b"body", 1, 0xff & ~PADDED)),
    "undefined flags of CONTINUATION are ignored":
        lambda c: c.send(headers(1, b"", end_headers=False), frame(Kind.CONTINUATION, fields_of(c), 1, 0xff)),
    "a frame of unknown type between HEADERS and DATA is ignored":
        behind(lambda c: c.request(method="POST", end=False), unknown(stream=1), data(1, b"body", end=True)),
}, reaches=1, completes=1)

# ---- 4.2 frame size: what is larger than we may send. Frames that change more than their stream end the connection.

def too_large(c):
    return c.settings[Setting.MAX_FRAME_SIZE] + 1


def large_block(c):
    return fields_of(c) + literal("x-large", "a" * too_large(c))


rules("4.2", connection_error(SIZE), {
    "HEADERS past the frame size end the connection": lambda c: c.send(headers(1, large_block(c))),
    "SETTINGS past the frame size end the connection": lambda c: c.send(settings(*[(Setting.ENABLE_PUSH, 0)] * (too_large(c) // 6 + 1))),
    "a PING past the frame size ends the connection": lambda c: c.send(frame(Kind.PING, bytes(too_large(c)))),
    "an unknown frame past the frame size on the connection ends it": lambda c: c.send(unknown(payload=bytes(too_large(c)))),
    "a frame that says it has 2^24-1 bytes ends the connection": sends(frame(Kind.PING, b"", length=2 ** 24 - 1)),
})
rule("4.2", "DATA past the frame size is an error", lambda c: (an_open(c), c.send(data(1, bytes(too_large(c))))), stream_error(SIZE), reaches=1)
rule("4.2", "DATA of the frame size is fine",
     lambda c: (c.request(method="POST", end=False), c.send(data(1, bytes(c.settings[Setting.MAX_FRAME_SIZE]), end=True))), served,
     reaches=1, completes=1)

# ---- 4.3 header compression: what cannot be decoded ends the connection

HUFFMAN_OF_A_WITH_ZEROS = bytes([0b00011000])       # "a" is 00011; the padding must be ones
HUFFMAN_OF_A_WITH_11_ONES = bytes([0x1f, 0xff])     # padding of more than seven bits
HUFFMAN_OF_THE_END = bytes([0xff, 0xff, 0xff, 0xff])  # EOS itself


def huffman_value(coded):
    return b"\0" + string("x-a") + integer(len(coded), 7, 0x80) + coded


rules("4.3", connection_error(COMPRESSION), {
    "index 0 cannot be decoded": sends(a_block(after=[indexed(0)])),
    "an index behind the static table with an empty dynamic one cannot be decoded": sends(a_block(after=[indexed(FIRST_DYNAMIC)])),
    "an index far behind the tables cannot be decoded": sends(a_block(after=[indexed(10_000)])),
    "a name's index behind the tables cannot be decoded": sends(a_block(after=[literal(70, "x", INDEXED)])),
    "an index of more than 64 bits cannot be decoded": sends(a_block(after=[b"\xff" + b"\xff" * 11 + b"\x7f"])),
    "a length of more than 64 bits cannot be decoded": sends(a_block(after=[b"\0\x7f" + b"\xff" * 11 + b"\x7f"])),
    "an integer that is not complete cannot be decoded": sends(a_block(after=[b"\xff\xff"])),
    "a name longer than the block cannot be decoded": sends(a_block(after=[b"\0" + integer(100, 7) + b"x-a"])),
    "a value longer than the block cannot be decoded": sends(a_block(after=[b"\0" + string("x-a") + integer(100, 7) + b"abc"])),
    "a block that ends behind a name cannot be decoded": sends(a_block(after=[b"\0" + string("x-a")])),
    "Huffman padding of zeros cannot be decoded": sends(a_block(after=[huffman_value(HUFFMAN_OF_A_WITH_ZEROS)])),
    "Huffman padding of more than seven bits cannot be decoded": sends(a_block(after=[huffman_value(HUFFMAN_OF_A_WITH_11_ONES)])),
    "a Huffman string with EOS cannot be decoded": sends(a_block(after=[huffman_value(HUFFMAN_OF_THE_END)])),
    "a table size past the limit cannot be decoded":
        lambda c: c.send(headers(1, table_size(c.settings[Setting.HEADER_TABLE_SIZE] + 1) + fields_of(c))),
    "a table size of 2^31 cannot be decoded": sends(a_block(table_size(2 ** 31))),
    "a table size behind a field cannot be decoded": sends(a_block(after=[table_size(0)])),
    "an entry that a smaller table evicted cannot be decoded":
        sends(a_block(after=[literal("x-a", "b", INDEXED)]), a_block(table_size(0), after=[indexed(FIRST_DYNAMIC)], stream=3)),
    "an entry larger than the table empties it":
        sends(a_block(after=[literal("x-a", "b", INDEXED)]),
              a_block(after=[literal("x-b", "c" * 4100, INDEXED), indexed(FIRST_DYNAMIC)], stream=3)),
    "trailers that cannot be decoded end the connection": behind(an_open, data(1, b"x"), headers(1, indexed(0))),
}, reaches=1, completes=1)
rule("4.3", "a block that cannot be decoded on a stream that we reset ends the connection", behind(an_open, rst_stream(1), headers(1, indexed(0))),
     connection_error(COMPRESSION, CLOSED, PROTOCOL), reaches=1)
rules("4.3", served, {
    "a table size of nothing is fine": sends(a_block(table_size(0))),
    "the largest table size is fine": lambda c: c.send(headers(1, table_size(c.settings[Setting.HEADER_TABLE_SIZE]) + fields_of(c))),
    "two changes of the table size are fine": sends(a_block(table_size(0), table_size(4096))),
    "fields that are never indexed are fine": sends(a_request(1, ("x-secret", "1", NEVER))),
    "a block of which each field came from the tables is fine": lambda c: c.send(headers(1, hpack.Encoder().encode(c.fields()))),
    "a block in three frames is fine": lambda c: c.send(headers_in_pieces(1, fields_of(c), size=len(fields_of(c)) // 3 + 1)),
    "a block whose first and last frames are empty is fine":
        lambda c: c.send(headers(1, b"", end_headers=False), continuation(1, fields_of(c), end_headers=False), continuation(1)),
}, reaches=1, completes=1)

BETWEEN = {
    "DATA": data(1, b"x"), "HEADERS of the same stream": a_request(1), "HEADERS of another stream": a_request(3),
    "PRIORITY": priority(1), "PRIORITY of another stream": priority(3), "RST_STREAM": rst_stream(1), "SETTINGS": settings(),
    "an acknowledgement of SETTINGS": settings_ack(), "PUSH_PROMISE": push_promise(1, 2, b""), "PING": ping(), "GOAWAY": goaway(),
    "WINDOW_UPDATE": window_update(1, 1), "WINDOW_UPDATE of the connection": window_update(0, 1),
    "CONTINUATION of another stream": continuation(3), "PRIORITY_UPDATE": priority_update(1), "an unknown frame": unknown(),
    "an unknown frame of the same stream": unknown(stream=1),
}
for _name, _piece in BETWEEN.items():
    rule("4.3", f"{_name} between HEADERS and CONTINUATION ends the connection",
         behind(lambda c: c.send(headers(1, fields_of(c), end_headers=False)), _piece, continuation(1)), connection_error(PROTOCOL))
rule("4.3", "PING between two CONTINUATIONs ends the connection",
     behind(lambda c: c.send(headers(1, b"", end_headers=False), continuation(1, fields_of(c), end_headers=False)), ping(), continuation(1)),
     connection_error(PROTOCOL))

# ---- 5.1 stream states

rules("5.1", connection_error(PROTOCOL), {
    "DATA on an idle stream ends the connection": sends(data(1, b"x", end=True)),
    "empty DATA on an idle stream ends the connection": sends(data(1)),
    "RST_STREAM on an idle stream ends the connection": sends(rst_stream(1)),
    "WINDOW_UPDATE on an idle stream ends the connection": sends(window_update(1, 100)),
    "CONTINUATION on an idle stream ends the connection": sends(continuation(1, b"\x82")),
    "DATA on an idle stream of the server ends the connection": sends(data(2, b"x")),
    "RST_STREAM on an idle stream of the server ends the connection": sends(rst_stream(2)),
    "WINDOW_UPDATE on an idle stream of the server ends the connection": sends(window_update(2, 1)),
    "DATA on an idle stream behind a served one ends the connection": behind(a_closed, data(3, b"x")),
}, reaches=1, completes=1)
rules("5.1", stream_error(CLOSED), {
    "DATA on a half-closed stream is an error": behind(a_half_closed, data(1, b"x")),
    "DATA that ends a half-closed stream again is an error": behind(a_half_closed, data(1, b"x", end=True)),
    "empty DATA on a half-closed stream is an error": behind(a_half_closed, data(1, b"", end=True)),
    "HEADERS on a half-closed stream are an error": behind(a_half_closed, a_request(1)),
    "trailers on a half-closed stream are an error": behind(a_half_closed, headers(1, [("x-trailer", "1")])),
    "HEADERS that end nothing on a half-closed stream are an error": behind(a_half_closed, a_request(1, end=False)),
    "DATA behind trailers is an error": behind(an_open, data(1, b"x"), headers(1, [("x-trailer", "1")]), data(1, b"y")),
    "DATA on a closed stream is an error": behind(a_closed, data(1, b"x")),
    "DATA that ends a closed stream again is an error": behind(a_closed, data(1, b"x", end=True)),
    "empty DATA on a closed stream is an error": behind(a_closed, data(1, b"", end=True)),
    "HEADERS on a closed stream are an error": behind(a_closed, a_request(1)),
    "trailers on a closed stream are an error": behind(a_closed, headers(1, [("x-trailer", "1")])),
    "DATA on a stream that we reset is an error": behind(a_reset, data(1, b"x")),
    "HEADERS on a stream that we reset are an error": behind(a_reset, a_request(1)),
}, reaches=1, completes=1)
rules("5.1", stream_error(CLOSED), {
    f"{name} on a stream that closed long ago": lambda c, piece=piece: ([a_closed(c, n) for n in range(1, 301, 2)], c.send(
        piece(c) if callable(piece) else piece)) for name, piece in {"DATA": data(1, b"x"), "HEADERS": a_request(1)}.items()
}, reaches=150, completes=150)
rules("5.1", connection_error(PROTOCOL, CLOSED), {
    "CONTINUATION on an open stream ends the connection": behind(an_open, continuation(1, b"\x82")),
    "CONTINUATION on a half-closed stream ends the connection": behind(a_half_closed, continuation(1, b"\x82")),
    "CONTINUATION on a closed stream ends the connection": behind(a_closed, continuation(1, b"\x82")),
    "CONTINUATION on a stream that we reset ends the connection": behind(a_reset, continuation(1, b"\x82")),
}, reaches=1, completes=1)
rules("5.1", unharmed, {
    "PRIORITY on an idle stream is fine": sends(priority(1)),
    "PRIORITY on an open stream is fine": behind(an_open, priority(1)),
    "PRIORITY on a half-closed stream is fine": behind(a_half_closed, priority(1)),
    "PRIORITY on a closed stream is fine": behind(a_closed, priority(1)),
    "PRIORITY on a stream that we reset is fine": behind(a_reset, priority(1)),
    "WINDOW_UPDATE on a half-closed stream is fine": behind(a_half_closed, window_update(1, 100)),
    "WINDOW_UPDATE on a closed stream is fine": behind(a_closed, window_update(1, 100)),
    "WINDOW_UPDATE on a stream that we reset is fine": behind(a_reset, window_update(1, 100)),
    "RST_STREAM on an open stream is fine": behind(an_open, rst_stream(1)),
    "RST_STREAM on a half-closed stream is fine": behind(a_half_closed, rst_stream(1)),
    "RST_STREAM on a closed stream is fine": behind(a_closed, rst_stream(1)),
    "RST_STREAM twice is fine": behind(a_half_closed, rst_stream(1), rst_stream(1)),
}, reaches=1, completes=1)

# ---- 5.1.1 identifiers

rules("5.1.1", connection_error(PROTOCOL), {
    "an even stream ends the connection": sends(a_request(2)),
    "an even stream behind an odd one ends the connection": behind(a_closed, a_request(2)),
}, reaches=1, completes=1)
rules("5.1.1", connection_error(PROTOCOL), {
    "HEADERS of a stream that was skipped end the connection": behind(lambda c: a_closed(c, 5), a_request(3)),
    "HEADERS of a stream that was skipped beside one that is open end the connection": behind(lambda c: a_half_closed(c, 5), a_request(1)),
}, reaches=1, completes=1)
rule("5.1.1", "DATA of a stream that was skipped ends the connection", behind(lambda c: a_closed(c, 5), data(3, b"x")),
     connection_error(CLOSED, PROTOCOL), reaches=1, completes=1)
rule("5.1.1", "streams may be skipped", lambda c: (a_closed(c, 7), a_closed(c, 1001)), unharmed, reaches=2, completes=2)
rule("5.1.1", "the highest stream of all is served", lambda c: c.request(stream=LARGEST_STREAM),
     lambda c: c.response(LARGEST_STREAM), reaches=1, completes=1)

# ---- 5.3 priority is taken note of at most

DEPENDENCIES = {"on nothing": (0,), "on a stream that does not exist": (99,), "exclusively": (0, 256, True), "on an even stream": (2, 1)}
for _name, _dependency in DEPENDENCIES.items():
    rule("5.3", f"a request that depends {_name} is served",
         lambda c, d=_dependency: c.send(headers(1, c.fields(), priority=d)), served, reaches=1, completes=1)
    rule("5.3", f"PRIORITY {_name} is ignored", sends(priority(3, *_dependency)), unharmed)
# RFC 7540 made this an error, RFC 9113 no longer mentions it: checkers still ask for it, and nobody else does it.
rule("5.3", "a request that depends on itself is an error", sends(lambda c: headers(1, c.fields(), priority=(1,))), stream_error(PROTOCOL))
rules("5.3", stream_error(PROTOCOL), {
    "PRIORITY of a half-closed stream on itself is an error": behind(a_half_closed, priority(1, on=1)),
    "PRIORITY of an open stream on itself is an error": behind(an_open, priority(1, on=1)),
}, reaches=1, completes=1)
rule("5.3", "a request below a stream that PRIORITY named is served", sends(priority(3), a_request(1)), served, reaches=1, completes=1)

# PRIORITY_UPDATE of RFC 9218: an endpoint that does not know it ignores it.
rules("RFC 9218", unharmed, {
    "PRIORITY_UPDATE of an idle stream is fine": sends(priority_update(1)),
    "PRIORITY_UPDATE of a half-closed stream is fine": behind(a_half_closed, priority_update(1)),
    "PRIORITY_UPDATE of a closed stream is fine": behind(a_closed, priority_update(1)),
    "PRIORITY_UPDATE without a value is fine": sends(priority_update(1, b"")),
}, reaches=1, completes=1)
rules("RFC 9218", tolerated_or(PROTOCOL, SIZE), {
    "PRIORITY_UPDATE on a stream is ignored or an error": sends(frame(Kind.PRIORITY_UPDATE, bytes([0, 0, 0, 1]) + b"u=1", 1)),
    "PRIORITY_UPDATE of stream 0 is ignored or an error": sends(priority_update(0)),
    "PRIORITY_UPDATE of three bytes is ignored or an error": sends(frame(Kind.PRIORITY_UPDATE, bytes(3))),
    "PRIORITY_UPDATE with a value that is no dictionary is ignored or an error": sends(priority_update(1, b"\0\xff=")),
})

# ---- 6.1 DATA

rules("6.1", connection_error(PROTOCOL), {
    "DATA on stream 0 ends the connection": sends(data(0, b"x")),
    "DATA with as much padding as payload ends the connection": behind(an_open, frame(Kind.DATA, b"\4abc", 1, PADDED)),
    "DATA with more padding than payload ends the connection": behind(an_open, frame(Kind.DATA, b"\xffabc", 1, PADDED)),
    "DATA with padding longer than its one byte ends the connection": behind(an_open, frame(Kind.DATA, b"\1", 1, PADDED)),
}, reaches=1)
rule("6.1", "padded DATA without room for the length ends the connection", behind(an_open, frame(Kind.DATA, b"", 1, PADDED)),
     connection_error(SIZE, PROTOCOL), reaches=1)
rule("6.1", "padding that is not zero is ignored or an error",
     behind(lambda c: c.request(method="POST", end=False), frame(Kind.DATA, b"\3bodyxyz", 1, PADDED | END_STREAM)),
     either(connection_error(PROTOCOL), served), reaches=1, completes=1)
POST = {"method": "POST", "end": False}
rules("6.1", served, {
    "DATA may end the stream": behind(lambda c: c.request(**POST), data(1, b"body", end=True)),
    "empty DATA may end the stream": behind(lambda c: c.request(**POST), data(1, b"body"), data(1, b"", end=True)),
    "DATA may be nothing but padding": behind(lambda c: c.request(**POST), data(1, b"", pad=255), data(1, b"", end=True, pad=0)),
    "DATA may be padded": behind(lambda c: c.request(**POST), data(1, b"bo", pad=0), data(1, b"dy", end=True, pad=255)),
}, reaches=1, completes=1)

# ---- 6.2 HEADERS

rules("6.2", connection_error(PROTOCOL), {
    "HEADERS on stream 0 end the connection": sends(a_request(0)),
    "HEADERS with as much padding as payload end the connection": sends(frame(Kind.HEADERS, b"\4\x82\x86\x84", 1, PADDED | END_HEADERS)),
    "HEADERS with more padding than payload end the connection": sends(frame(Kind.HEADERS, b"\xff\x82\x86\x84", 1, PADDED | END_HEADERS)),
    "HEADERS with more padding than a priority leaves end the connection":
        sends(frame(Kind.HEADERS, b"\x05" + bytes(5) + b"\x82", 1, PADDED | PRIORITY | END_HEADERS)),
})
rules("6.2", connection_error(SIZE, PROTOCOL), {
    "padded HEADERS without room for the length end the connection": sends(frame(Kind.HEADERS, b"", 1, PADDED | END_HEADERS)),
    "HEADERS without room for their priority end the connection": sends(frame(Kind.HEADERS, bytes(4), 1, PRIORITY | END_HEADERS)),
})
rules("6.2", served, {
    "HEADERS may be padded": lambda c: c.send(headers(1, c.fields(), pad=100)),
    "HEADERS may be padded with nothing": lambda c: c.send(headers(1, c.fields(), pad=0)),
    "HEADERS may have padding and priority": lambda c: c.send(headers(1, c.fields(), pad=7, priority=(0, 100, True))),
}, reaches=1, completes=1)

# ---- 6.3 PRIORITY

for _size in (0, 4, 6):
    rule("6.3", f"PRIORITY of {_size} bytes is an error", behind(a_half_closed, frame(Kind.PRIORITY, bytes(_size), 1)), stream_error(SIZE),
         reaches=1, completes=1)

    rule("6.3", f"PRIORITY of {_size} bytes on an idle stream is an error", sends(frame(Kind.PRIORITY, bytes(_size), 1)), either(
        connection_error(SIZE), unharmed), reaches=1, completes=1)
rules("6.3", connection_error(PROTOCOL), {
    "PRIORITY on stream 0 ends the connection": sends(priority(0)),
    "PRIORITY on stream 0 beside an open one ends the connection": behind(an_open, priority(0, 1)),
}, reaches=1)

# ---- 6.4 RST_STREAM

rule("6.4", "RST_STREAM on stream 0 ends the connection", sends(rst_stream(0)), connection_error(PROTOCOL))
for _size in (0, 3, 5):
    rule("6.4", f"RST_STREAM of {_size} bytes ends the connection", behind(a_half_closed, frame(Kind.RST_STREAM, bytes(_size), 1)),
         connection_error(SIZE), reaches=1, completes=1)

# ---- 6.5 SETTINGS

rules("6.5", connection_error(SIZE), {
    "an acknowledgement of SETTINGS with a payload ends the connection": sends(settings((Setting.ENABLE_PUSH, 0), flags=ACK)),
    "SETTINGS of 5 bytes end the connection": sends(frame(Kind.SETTINGS, bytes(5))),
    "SETTINGS of 7 bytes end the connection": sends(frame(Kind.SETTINGS, bytes(7))),
})
rules("6.5", connection_error(PROTOCOL), {
    "SETTINGS on a stream end the connection": sends(settings(stream=1)),
    "SETTINGS on an open stream end the connection": behind(an_open, settings(stream=1)),
    "an acknowledgement of SETTINGS on a stream ends the connection": sends(frame(Kind.SETTINGS, b"", 1, ACK)),
    "ENABLE_PUSH of 2 ends the connection": sends(settings((Setting.ENABLE_PUSH, 2))),
    "MAX_FRAME_SIZE of 16383 ends the connection": sends(settings((Setting.MAX_FRAME_SIZE, 16383))),
    "MAX_FRAME_SIZE of 0 ends the connection": sends(settings((Setting.MAX_FRAME_SIZE, 0))),
    "MAX_FRAME_SIZE of 2^24 ends the connection": sends(settings((Setting.MAX_FRAME_SIZE, 2 ** 24))),
    "a bad setting behind a good one ends the connection": sends(settings((Setting.MAX_FRAME_SIZE, 16384), (Setting.MAX_FRAME_SIZE, 1))),
}, reaches=1)
rule("6.5", "an acknowledgement of SETTINGS of 6 bytes is too large", sends(frame(Kind.SETTINGS, bytes(6), 0, ACK)), connection_error(SIZE))
rules("6.5", connection_error(FLOW), {
    "INITIAL_WINDOW_SIZE of 2^31 ends the connection": sends(settings((Setting.INITIAL_WINDOW_SIZE, 2 ** 31))),
    "INITIAL_WINDOW_SIZE of 2^32-1 ends the connection": sends(settings((Setting.INITIAL_WINDOW_SIZE, 2 ** 32 - 1))),
})
rules("6.5", unharmed, {
    "unknown settings are ignored": sends(settings((0, 1), (7, 2), (0x0a, 3), (0xffff, 2 ** 32 - 1))),
    "the same setting may come twice": sends(settings((Setting.MAX_FRAME_SIZE, 16384), (Setting.MAX_FRAME_SIZE, 2 ** 24 - 1))),
    "the smallest and largest values are fine": sends(
        settings((Setting.HEADER_TABLE_SIZE, 0), (Setting.MAX_CONCURRENT_STREAMS, 0), (Setting.MAX_FRAME_SIZE, 2 ** 14)),
        settings((Setting.HEADER_TABLE_SIZE, 2 ** 32 - 1), (Setting.MAX_CONCURRENT_STREAMS, 2 ** 32 - 1),
                 (Setting.MAX_FRAME_SIZE, 2 ** 24 - 1), (Setting.INITIAL_WINDOW_SIZE, LARGEST_WINDOW))),
    "ENABLE_PUSH may change": sends(settings((Setting.ENABLE_PUSH, 0)), settings((Setting.ENABLE_PUSH, 1))),
    "ENABLE_CONNECT_PROTOCOL from a client means nothing": sends(settings((Setting.ENABLE_CONNECT_PROTOCOL, 1))),
})
rule("6.5", "NO_RFC7540_PRIORITIES of 2 is ignored or an error", sends(settings((Setting.NO_RFC7540_PRIORITIES, 2))), tolerated_or(PROTOCOL))
rule("6.5", "ENABLE_CONNECT_PROTOCOL of 2 is ignored or an error", sends(settings((Setting.ENABLE_CONNECT_PROTOCOL, 2))), tolerated_or(PROTOCOL))

# ---- 6.6 PUSH_PROMISE

rules("6.6", connection_error(PROTOCOL), {
    "PUSH_PROMISE from a client ends the connection": lambda c: (an_open(c), c.send(push_promise(1, 2, fields_of(c)))),
    "PUSH_PROMISE from a client on stream 0 ends the connection": lambda c: c.send(push_promise(0, 2, fields_of(c))),
    "PUSH_PROMISE from a client on an idle stream ends the connection": lambda c: c.send(push_promise(1, 3, fields_of(c))),
}, reaches=1)

# ---- 6.7 PING

rule("6.7", "PING on a stream ends the connection", sends(ping(stream=1)), connection_error(PROTOCOL))
rule("6.7", "an answer to PING on a stream ends the connection", sends(frame(Kind.PING, bytes(8), 1, ACK)), connection_error(PROTOCOL))
for _size in (0, 7, 9):
    rule("6.7", f"PING of {_size} bytes ends the connection", sends(frame(Kind.PING, bytes(_size))), connection_error(SIZE))
rule("6.7", "an answer to PING of 6 bytes ends the connection", sends(frame(Kind.PING, bytes(6), 0, ACK)), connection_error(SIZE))
rule("6.7", "an answer to no PING is ignored", sends(ping(b"unasked.", ack=True)), unharmed)

# ---- 6.8 GOAWAY

rules("6.8", lambda c: c.response(1), {
    f"GOAWAY {name} lets the client's requests finish": lambda c, piece=piece: (c.request(path="/slow"), c.send(piece)) for name, piece in {
        "of stream 0": goaway(), "of a stream that never was": goaway(1000), "of the highest stream": goaway(LARGEST_STREAM - 1),
        "with the reserved bit": frame(Kind.GOAWAY, b"\x80" + bytes(7)), "with words": goaway(debug=b"good night" * 1000),
        "twice": goaway(2) + goaway(0),
    }.items()}, reaches=1, completes=1)
rule("6.8", "GOAWAY of a client that asked nothing is no breach", sends(goaway()),
     lambda c: (c.settle_or_end(), c.goaway is None or connection_error(Code.NO_ERROR)(c)))
rule("6.8", "GOAWAY on a stream ends the connection", sends(goaway(stream=1)), connection_error(PROTOCOL))
rule("6.8", "GOAWAY on an open stream ends the connection", behind(an_open, goaway(stream=1)), connection_error(PROTOCOL), reaches=1)
for _size in (0, 7):
    rule("6.8", f"GOAWAY of {_size} bytes ends the connection", sends(frame(Kind.GOAWAY, bytes(_size))), connection_error(SIZE))

# ---- 6.9 WINDOW_UPDATE

rules("6.9", connection_error(SIZE), {
    "WINDOW_UPDATE of 3 bytes ends the connection": sends(frame(Kind.WINDOW_UPDATE, bytes([0, 0, 1]))),
    "WINDOW_UPDATE of 5 bytes ends the connection": sends(frame(Kind.WINDOW_UPDATE, bytes([0, 0, 0, 1, 0]))),
    "WINDOW_UPDATE of 3 bytes on a stream ends the connection": behind(a_half_closed, frame(Kind.WINDOW_UPDATE, bytes([0, 0, 1]), 1)),
}, reaches=1, completes=1)
rules("6.9", connection_error(PROTOCOL), {
    "an increment of 0 on the connection ends it": sends(window_update(0, 0)),
    "an increment of nothing but the reserved bit ends the connection": sends(frame(Kind.WINDOW_UPDATE, b"\x80\0\0\0")),
})
rules("6.9", stream_error(PROTOCOL), {
    "an increment of 0 on an open stream is an error": behind(an_open, window_update(1, 0)),
    "an increment of 0 on a half-closed stream is an error": behind(a_half_closed, window_update(1, 0)),
}, reaches=1, completes=1)
rules("6.9.1", connection_error(FLOW), {
    "a window of the connection past 2^31-1 ends it": sends(window_update(0, LARGEST_WINDOW)),
    "a window of the connection that creeps past 2^31-1 ends it": sends(window_update(0, LARGEST_WINDOW - 65535), window_update(0, 1)),
})
rules("6.9.1", stream_error(FLOW), {
    "a window of an open stream past 2^31-1 is an error": behind(an_open, window_update(1, LARGEST_WINDOW)),
    "a window of a half-closed stream past 2^31-1 is an error": behind(a_half_closed, window_update(1, LARGEST_WINDOW)),
}, reaches=1, completes=1)
rules("6.9.2", connection_error(FLOW), {
    "SETTINGS that widen the window of an open stream past 2^31-1 end the connection":
        behind(an_open, window_update(1, LARGEST_WINDOW - 65535), settings((Setting.INITIAL_WINDOW_SIZE, 65536))),
    "SETTINGS that widen the window of a half-closed stream past 2^31-1 end the connection":
        behind(a_half_closed, window_update(1, LARGEST_WINDOW - 65535), settings((Setting.INITIAL_WINDOW_SIZE, LARGEST_WINDOW))),
    "SETTINGS that widen the window of one stream of three past 2^31-1 end the connection":
        behind(lambda c: [a_half_closed(c, n) for n in (1, 3, 5)], window_update(3, LARGEST_WINDOW - 65535),
               settings((Setting.INITIAL_WINDOW_SIZE, 1), (Setting.INITIAL_WINDOW_SIZE, 100_000))),
}, reaches=3, completes=3)
rule("6.9.2", "SETTINGS that widen the window of a stream to 2^31-1 are fine",
     behind(a_half_closed, settings((Setting.INITIAL_WINDOW_SIZE, 10)), window_update(1, LARGEST_WINDOW - 100),
            settings((Setting.INITIAL_WINDOW_SIZE, 100))), unharmed, reaches=1, completes=1)
rule("6.9.1", "windows of exactly 2^31-1 are fine",
     behind(a_half_closed, window_update(0, LARGEST_WINDOW - 65535), window_update(1, LARGEST_WINDOW - 65535)), unharmed, reaches=1, completes=1)

# ---- 6.10 CONTINUATION

rules("6.10", connection_error(PROTOCOL), {
    "CONTINUATION on stream 0 ends the connection": sends(continuation(0, b"\x82")),
    "CONTINUATION on stream 0 behind HEADERS ends the connection":
        lambda c: c.send(headers(1, fields_of(c), end_headers=False), continuation(0)),
    "CONTINUATION behind HEADERS that are complete ends the connection": sends(a_request(1), continuation(1, b"\x82")),
    "CONTINUATION behind DATA ends the connection": behind(an_open, data(1, b"x"), continuation(1, b"\x82")),
    "CONTINUATION behind a CONTINUATION that completed the block ends the connection":
        lambda c: c.send(headers(1, b"", end_headers=False), continuation(1, fields_of(c)), continuation(1, b"")),
}, reaches=1, completes=1)

# ---- 7 error codes

rules("7", unharmed, {
    "an unknown code of RST_STREAM is nothing special": behind(a_half_closed, rst_stream(1, 0xfafafafa)),
    "NO_ERROR in RST_STREAM is nothing special": behind(a_half_closed, rst_stream(1, Code.NO_ERROR)),
}, reaches=1, completes=1)
rule("7", "an unknown code of GOAWAY is nothing special", lambda c: (c.request(path="/slow"), c.send(goaway(0, 0xfafafafa, b"whatever"))),
     lambda c: c.read_until(lambda: c.streams[1].is_over), reaches=1, completes=1)

# ---- 8.1 and 8.2: malformed requests. Nothing of them may look whole to the origin.

def whole(*fields, **pseudo):
    return lambda c: c.request(*fields, **pseudo)


def with_body(body, *fields, trailers=None, **pseudo):
    def script(c):
        number = c.request(*fields, **{"method": "POST", "end": False, **pseudo})
        c.send(data(number, body, end=trailers is None), *([headers(number, trailers)] if trailers is not None else []))
    return script


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n"

rules("8.1", refused(), {
    "a second header section that does not end the stream is malformed":
        behind(an_open, data(1, b"x"), headers(1, [("x-trailer", "1")], end=False)),
    "a second request on an open stream is malformed": behind(an_open, a_request(1)),
    "a pseudo-header field in trailers is malformed": with_body(b"x", trailers=[(":path", "/evil")]),
    ":status in trailers is malformed": with_body(b"x", trailers=[(":status", "200")]),
    "a field name in capitals in trailers is malformed": with_body(b"x", trailers=[("X-Trailer", "1")]),
    "a line break in trailers is malformed": with_body(b"x", trailers=[("x-trailer", "1\r\nx: y")]),
    "a connection-specific field in trailers is malformed": with_body(b"x", trailers=[("transfer-encoding", "chunked")]),
}, reaches=1)
rule("8.1", "content-length in trailers is dropped or malformed", with_body(b"x", trailers=[("content-length", "40")]),
     lambda c: refused()(c) if not c.read_until(lambda: c.streams[1].is_over or c.goaway) or c.streams[1].status != 200 else served(c),
     reaches=1, completes=1)
rules("8.1", served, {
    "trailers may end a request": with_body(b"body", trailers=[("x-trailer", "1")]),
    "empty trailers may end a request": with_body(b"body", trailers=[]),
    "trailers may follow the head at once": lambda c: (c.request(method="POST", end=False), c.send(headers(1, [("x-trailer", "1")]))),
}, reaches=1, completes=1)

LENGTH = "content-length"
rules("8.1.1", refused(), {
    "more DATA than content-length is malformed": with_body(b"hello", (LENGTH, "3")),
    "less DATA than content-length is malformed": with_body(b"hello", (LENGTH, "30")),
    "DATA behind a content-length of 0 is malformed": with_body(SMUGGLED, (LENGTH, "0")),
    "trailers before content-length is reached are malformed": with_body(b"hello", (LENGTH, "30"), trailers=[("x-trailer", "1")]),
}, reaches=1)
# What came first has gone out before it is known that more follows.
rule("8.1.1", "DATA past a content-length in many frames is malformed",
     behind(lambda c: c.request((LENGTH, "4"), **POST), *[data(1, b"x")] * 4, data(1, b"x", end=True)), refused(), reaches=1, completes=1)
rules("8.1.1", refused(), {
    "a content-length and no DATA is malformed": whole((LENGTH, "5"), method="POST"),
    "two content-lengths that differ are malformed": with_body(b"hello", (LENGTH, "5"), (LENGTH, "6")),
    "two content-lengths that differ the other way are malformed": with_body(b"hello", (LENGTH, "6"), (LENGTH, "5")),
    "a list of content-lengths is malformed": with_body(b"hello", (LENGTH, "5, 6")),
    "a negative content-length is malformed": with_body(b"hello", (LENGTH, "-5")),
    "a content-length with a plus is malformed": with_body(b"hello", (LENGTH, "+5")),
    "a hexadecimal content-length is malformed": with_body(b"hello", (LENGTH, "0x5")),
    "an empty content-length is malformed": with_body(b"hello", (LENGTH, "")),
    "a content-length past 2^64 is malformed": with_body(b"hello", (LENGTH, str(2 ** 64 + 5))),
    "a content-length of words is malformed": with_body(b"hello", (LENGTH, "5 5")),
})
rules("8.1.1", served, {
    "DATA of exactly content-length is fine": with_body(b"hello", (LENGTH, "5")),
    "a content-length of 0 and no DATA is fine": whole((LENGTH, "0"), method="POST"),
    "a content-length of 0 and empty DATA is fine": with_body(b"", (LENGTH, "0")),
}, reaches=1, completes=1)

NAMES = {
    "in capitals": "X-Upper", "with one capital": "x-uPper", "that is empty": "", "with a colon": "x:a", "with a colon at its end": "x-a:",
    "with a space": "x a", "with a space at its end": "x-a ", "with a tab": "x\ta", "with CR": "x\ra", "with LF": "x\na",
    "with CRLF and a field": "x: y\r\nz", "with NUL": "x\0a", "with a control character": "x\x1fa",
    "with DEL": "x\x7fa", "with a byte past ASCII": "x\xe9a",
}
VALUES = {
    "with NUL": "a\0b", "with CR": "a\rb", "with LF": "a\nb", "with CRLF and a field": "b\r\nx-c: d", "with CRLF and a request":
    "b\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n", "that begins with a space": " b", "that ends with a space": "b ",
    "that begins with a tab": "\tb", "that ends with a tab": "b\t", "that is one space": " ",
    "that ends with LF": "b\n", "that begins with CR": "\rb",
}
for _name, _value in NAMES.items():
    rule("8.2.1", f"a field name {_name} is malformed", whole((_value, "b")), refused())
for _name, _value in VALUES.items():
    rule("8.2.1", f"a field value {_name} is malformed", whole(("x-a", _value)), refused())
rules("8.2.1", served, {
    "a field value of bytes past ASCII is fine": whole(("x-a", "gr\xfc\xdfe")),
    "an empty field value is fine": whole(("x-a", "")),
    "a field name of every token character is fine": whole(("!#$%&'*+-.^_`|~09az", "b")),
    "spaces inside a value are fine": whole(("x-a", "a  b\tc")),
}, reaches=1, completes=1)

for _name, _value in {"connection": "close", "proxy-connection": "keep-alive", "keep-alive": "timeout=5", "transfer-encoding": "chunked",
                      "upgrade": "websocket"}.items():
    rule("8.2.2", f"the field {_name} is malformed", whole((_name, _value)), refused())
rules("8.2.2", refused(), {
    "connection that names a field is malformed": whole(("connection", "x-forwarded-for"), ("x-forwarded-for", "6.6.6.6")),
    "transfer-encoding with a body is malformed": with_body(b"0\r\n\r\n" + SMUGGLED, ("transfer-encoding", "chunked")),
    "transfer-encoding of identity is malformed": with_body(b"hello", ("transfer-encoding", "identity")),
    "te of gzip is malformed": whole(("te", "gzip")),
    "te of trailers and deflate is malformed": whole(("te", "trailers, deflate")),
    "te of nothing is malformed": whole(("te", "")),
})
rule("8.2.2", "te of trailers is fine", whole(("te", "trailers")), served, reaches=1, completes=1)

# ---- 8.3 pseudo-header fields

rules("8.3", refused(), {
    "an unknown pseudo-header field is malformed": whole((":unknown", "x")),
    ":status in a request is malformed": whole((":status", "200")),
    "an empty pseudo-header name is malformed": whole((":", "x")),
    "a pseudo-header field in capitals is malformed": lambda c: c.send(headers(1, [(":Method", "GET"), *c.fields(without=("method",))])),
    "a pseudo-header field behind a regular one is malformed": lambda c: c.send(headers(1, [("x-a", "b"), *c.fields()])),
    ":path behind a regular field is malformed": whole(("x-a", "b"), (":path", "/"), without=("path",)),
    ":method twice is malformed": whole((":method", "POST")),
    ":scheme twice is malformed": whole((":scheme", "https")),
    ":path twice is malformed": whole((":path", "/evil")),
    ":path twice, the same, is malformed": whole((":path", "/")),
    ":authority twice is malformed": whole((":authority", "evil.test")),
    "a request without :method is malformed": whole(without=("method",)),
    "a request without :scheme is malformed": whole(without=("scheme",)),
    "a request without :path is malformed": whole(without=("path",)),
    "a request without any field is malformed": lambda c: c.send(headers(1, b"")),
    "a request of regular fields alone is malformed": lambda c: c.send(headers(1, [("x-a", "b")])),
    "an empty :path is malformed": whole(path=""),
    "a :path without a slash is malformed": whole(path="index.html"),
    "a :path that is a URL is malformed": whole(path="http://a.test/"),
    "an empty :method is malformed": whole(method=""),
    "a :method with a space is malformed": whole(method="GET /evil HTTP/1.1\r\nX: y"),
    "a :method with CRLF is malformed": whole(method="GET\r\n"),
    "a :method that is no token is malformed": whole(method="GE(T"),
    "a :path with a space is malformed": whole(path="/a b"),
    "a :path with a request in it is malformed": whole(path="/ HTTP/1.1\r\nX-Injected: 1\r\n\r\n"),
    "a :path with LF is malformed": whole(path="/a\nb"),
    "a :path with NUL is malformed": whole(path="/a\0b"),
    "a :path with DEL is malformed": whole(path="/a\x7fb"),
    "an empty :scheme is malformed": whole(scheme=""),
    "a :scheme with a URL in it is malformed": whole(scheme="http://evil.test/x?"),
    "a :scheme with a space is malformed": whole(scheme="http evil"),
    "an :authority with user information is malformed": whole(authority="u:p@a.test"),
    "an :authority with CRLF is malformed": whole(authority="a.test\r\nX: y"),
    "an :authority with a space is malformed": whole(authority="a.test evil"),
    "an :authority with a path is malformed": whole(authority="a.test/evil"),
    "an :authority with a port that is no number is malformed": whole(authority="a.test:evil"),
    "an empty :authority without host is malformed": whole(authority=""),
    "neither :authority nor host is malformed": whole(without=("authority",)),
    "two hosts are malformed": whole(("host", "a.test"), ("host", "evil.test"), without=("authority",)),
    "an empty host without :authority is malformed": whole(("host", ""), without=("authority",)),
    "* for anything but OPTIONS is malformed": whole(path="*"),
})
rules("8.3", served, {
    "host without :authority is fine": lambda c: c.request(("host", c.authority), without=("authority",)),
    "host like :authority is fine": lambda c: c.request(("host", c.authority)),
    "OPTIONS of * is fine": whole(method="OPTIONS", path="*"),
    "pseudo-header fields in any order are fine": lambda c: c.send(headers(1, list(reversed(c.fields())))),
    "a method of one's own is fine": whole(method="BREW"),
    "a :path with a query is fine": whole(path="/a/b?c=d&e=f"),
    "an :authority with a port is fine": whole(authority="a.test:8443"),
    "an :authority that is an IPv6 address is fine": whole(authority="[::1]:8080"),
}, reaches=1, completes=1)
rule("8.3", "a :scheme that is not HTTP is refused", whole(scheme="ftp"), refused(statuses=(404, 421)))
rule("8.3", "a fragment in :path is refused", whole(path="/a#b"), refused())
rule("8.3", "host that differs from :authority is refused", whole(("host", "evil.test")), refused())

# ---- 8.5 CONNECT: a reverse proxy has nobody to connect to

rules("8.5", refused(), {
    "CONNECT is refused": lambda c: c.request(method="CONNECT", authority="a.test:443", without=("scheme", "path")),
    "CONNECT with a body is refused": lambda c: (c.request(method="CONNECT", authority="a.test:443", without=("scheme", "path"), end=False),
                                                 c.send(data(1, SMUGGLED))),
    "CONNECT with :scheme and :path is refused": whole(method="CONNECT", authority="a.test:443"),
    "CONNECT with :scheme is refused": whole(method="CONNECT", authority="a.test:443", without=("path",)),
    "CONNECT with :path is refused": whole(method="CONNECT", authority="a.test:443", without=("scheme",)),
    "CONNECT without :authority is refused": whole(method="CONNECT", without=("scheme", "path", "authority")),
    "CONNECT with host instead of :authority is refused":
        lambda c: c.send(headers(1, [(":method", "CONNECT"), ("host", "a.test:443")])),
    "CONNECT without a port is refused": whole(method="CONNECT", without=("scheme", "path")),
    "CONNECT to an address of the cloud is refused": whole(method="CONNECT", authority="169.254.169.254:80", without=("scheme", "path")),
    "CONNECT to the proxy itself is refused": whole(method="CONNECT", authority="127.0.0.1:9900", without=("scheme", "path")),
    ":protocol without CONNECT is malformed": whole((":protocol", "websocket")),
    ":protocol behind a regular field is malformed": whole(("x-a", "b"), (":protocol", "websocket"), method="CONNECT"),
})
rule("8.5", "CONNECT with a :protocol that the origin does not know is refused", whole((":protocol", "foo"), method="CONNECT"), refused(),
     reaches=1, completes=1)

# ---- 3.4 the preface, twice

rule("3.4", "a second preface is no frame", lambda c: c.send_raw(MAGIC), connection_error(SIZE, PROTOCOL))
