"""What an origin may not say in HTTP/2 (RFC 9113), one row each, and what must become of it.

A script gets the origin's end of the connection and the number of the stream that was asked on. The client must see
`status`, or a response that breaks off; the origin must see RST_STREAM or GOAWAY with one of the codes.
"""

from dataclasses import dataclass
from typing import Callable

from http2_rules import COMPRESSION, FLOW, PROTOCOL, SIZE, CLOSED, HUFFMAN_OF_A_WITH_ZEROS, HUFFMAN_OF_THE_END, huffman_value
from support.h2_frames import (
    ACK, END_HEADERS, FIRST_DYNAMIC, INDEXED, LARGEST_WINDOW, PADDED, PRIORITY, Code, Kind, Setting, altsvc, continuation, data, frame, goaway,
    headers, headers_in_pieces, indexed, literal, ping, priority, priority_update, push_promise, rst_stream, settings, string, table_size,
    unknown, window_update)


@dataclass(frozen=True)
class Lie:
    section: str
    sentence: str
    script: Callable
    codes: tuple = ()            # of the RST_STREAM or GOAWAY that it must provoke; none: it is no lie
    ends_connection: bool = False  # nothing less than GOAWAY will do
    status: object = 502         # one, or several; None: whatever it is, it is harmless
    may_be_cut: bool = False     # the client may see a response that breaks off instead
    method: str = "GET"
    body: bytes = None           # of the response that the client sees

    @property
    def id(self):
        return f"{self.section}: {self.sentence}"


LIES = []


def lies(section, codes, scripts, **more):
    for sentence, script in scripts.items():
        LIES.append(Lie(section, sentence, script, codes, **more))


def says(*pieces):
    """A script: those pieces, each one a function of the stream's number, or bytes."""
    return lambda s, n: s.send(*(piece(n) if callable(piece) else piece for piece in pieces))


def head(*fields, status="200", end=False):
    return lambda n: headers(n, [(":status", status), *fields], end=end)


def body(payload=b"ok", end=True):
    return lambda n: data(n, payload, end=end)


def fields(*all_of_them, end=True):
    return lambda n: headers(n, list(all_of_them), end=end)


OK = (":status", "200")
BLOCK = literal(*OK)

# ---- 8.3.2 and 8.2: malformed heads

lies("8.3.2", (PROTOCOL,), {
    "a response without :status is malformed": says(fields(("x-a", "b"))),
    "a response without any field is malformed": says(lambda n: headers(n, b"")),
    ":status twice is malformed": says(fields(OK, OK)),
    ":status twice with different values is malformed": says(fields(OK, (":status", "404"))),
    ":status behind a regular field is malformed": says(fields(("x-a", "b"), OK)),
    "an unknown pseudo-header field is malformed": says(fields(OK, (":unknown", "x"))),
    ":path in a response is malformed": says(fields(OK, (":path", "/"))),
    ":method in a response is malformed": says(fields(OK, (":method", "GET"))),
    "an empty :status is malformed": says(fields((":status", ""))),
    "a :status of two digits is malformed": says(fields((":status", "20"))),
    "a :status of four digits is malformed": says(fields((":status", "2000"))),
    "a :status in letters is malformed": says(fields((":status", "OK!"))),
    "a :status with a reason is malformed": says(fields((":status", "200 OK"))),
    "a :status below 100 is malformed": says(fields((":status", "099"))),
    "a negative :status is malformed": says(fields((":status", "-20"))),
    "a :status in capitals is malformed": says(fields((":Status", "200"))),
    "101 does not exist": says(head(status="101"), head(), body()),
    "101 and then bytes do not exist": says(head(("upgrade", "websocket"), status="101"), body(b"\x81\x02hi")),
    "an informational head that ends the stream is malformed": says(head(status="103", end=True)),
    "a continue that ends the stream is malformed": says(head(status="100", end=True)),
    "DATA behind nothing but an informational head is malformed": says(head(status="103"), body()),
    "DATA before any head is malformed": says(body()),
    "empty DATA before any head is malformed": says(body(b"")),
})
for _name, _value in {
        "in capitals": "X-Upper", "that is empty": "", "with a colon": "x:a", "with a space": "x a", "with a space at its end": "x-a ",
        "with CR": "x\ra", "with LF": "x\na", "with CRLF and a field": "x: y\r\nz", "with NUL": "x\0a", "with DEL": "x\x7fa",
        "with a byte past ASCII": "x\xe9a"}.items():
    lies("8.2.1", (PROTOCOL,), {f"a field name {_name} is malformed": says(head((_value, "b"), end=True))})
for _name, _value in {
        "with NUL": "a\0b", "with CR": "a\rb", "with LF": "a\nb", "with CRLF and a field": "b\r\nset-cookie: c=d",
        "with CRLF and a response": "b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "that begins with a space": " b", "that ends with a space": "b ",
        "that begins with a tab": "\tb", "that ends with LF": "b\n"}.items():
    lies("8.2.1", (PROTOCOL,), {f"a field value {_name} is malformed": says(head(("x-a", _value), end=True))})
for _name, _value in {"connection": "close", "proxy-connection": "keep-alive", "keep-alive": "timeout=5", "transfer-encoding": "chunked",
                      "upgrade": "websocket"}.items():
    lies("8.2.2", (PROTOCOL,), {f"the field {_name} is malformed": says(head((_name, _value)), body())})
LENGTH = "content-length"
lies("8.1.1", (PROTOCOL,), {
    f"a content-length {name} is malformed": says(head((LENGTH, value)), body(b"hello")) for name, value in {
        "with plus": "+5", "that is negative": "-5", "that is a list": "5, 6", "that is empty": "", "in hexadecimal": "0x5", "of two words": "5 5",
        "past 2^64": str(2 ** 64 + 5)}.items()})
lies("8.1.1", (PROTOCOL,), {
    "two content-lengths that differ are malformed": says(head((LENGTH, "5"), (LENGTH, "6")), body(b"hello")),
    "a content-length and no DATA is malformed": says(head((LENGTH, "5"), end=True)),
}, may_be_cut=True)
lies("8.1.1", (PROTOCOL,), {
    "less DATA than content-length breaks the response off": says(head((LENGTH, "10")), body(b"abc")),
    "less DATA than content-length and trailers break the response off":
        says(head((LENGTH, "10")), body(b"abc", end=False), fields(("x-trailer", "1"))),
    "more DATA than content-length breaks the response off": says(head((LENGTH, "3")), body(b"abcde")),
}, may_be_cut=True)
lies("8.1.1", (PROTOCOL,), {  # the head has left, and is a whole response
    "DATA behind a content-length of 0 is not passed on": says(head((LENGTH, "0")), body(b"hello")),
}, status=(200, 502), may_be_cut=True)
lies("8.1", (PROTOCOL,), {
    "a second head that does not end the stream breaks the response off": says(head(), body(end=False), head()),
    "trailers that do not end the stream break the response off": says(head(), body(end=False), fields(("x-trailer", "1"), end=False)),
    "an informational head behind the final one breaks the response off": says(head(), head(status="103")),
    "a pseudo-header field in trailers breaks the response off": says(head(), body(end=False), fields(OK)),
    "a field name in capitals in trailers breaks the response off": says(head(), body(end=False), fields(("X-Trailer", "1"))),
    "a line break in trailers breaks the response off": says(head(), body(end=False), fields(("x-trailer", "1\r\nx: y"))),
    "a connection-specific field in trailers breaks the response off": says(head(), body(end=False), fields(("transfer-encoding", "chunked"))),
}, may_be_cut=True)

# ---- what ends the connection, and the response with it

lies("4.2", (SIZE,), {
    "HEADERS past the frame size end the connection": says(lambda n: headers(n, BLOCK + literal("x-large", "a" * 16384))),
    "SETTINGS past the frame size end the connection": says(settings(*[(Setting.MAX_CONCURRENT_STREAMS, 100)] * 2731)),
    "an unknown frame past the frame size ends the connection": says(unknown(payload=bytes(16385))),
    "a PING past the frame size ends the connection": says(frame(Kind.PING, bytes(16385))),
}, ends_connection=True)
lies("4.2", (SIZE,), {"DATA past the frame size is an error": says(head(), body(bytes(16385)))}, may_be_cut=True)
lies("4.3", (COMPRESSION,), {
    f"{name} cannot be decoded": says(lambda n, tail=tail: headers(n, BLOCK + tail)) for name, tail in {
        "index 0": indexed(0), "an index behind the tables": indexed(FIRST_DYNAMIC), "an index of more than 64 bits": b"\xff" * 12 + b"\x7f",
        "a value longer than the block": b"\0" + string("x-a") + b"\x64abc", "a block that ends behind a name": b"\0" + string("x-a"),
        "Huffman padding of zeros": huffman_value(HUFFMAN_OF_A_WITH_ZEROS), "a Huffman string with EOS": huffman_value(HUFFMAN_OF_THE_END),
        "a table size behind a field": table_size(0)}.items()}, ends_connection=True)
lies("4.3", (COMPRESSION,), {
    "a table size past the limit cannot be decoded": lambda s, n: s.send(headers(n, table_size(s.settings[Setting.HEADER_TABLE_SIZE] + 1) + BLOCK)),
    "trailers that cannot be decoded end the connection": says(head(), body(end=False), lambda n: headers(n, indexed(0))),
}, ends_connection=True, may_be_cut=True)
lies("4.3", (PROTOCOL,), {
    f"{name} between HEADERS and CONTINUATION ends the connection":
        says(lambda n: headers(n, BLOCK, end_headers=False), piece, lambda n: continuation(n))
    for name, piece in {"DATA": body(b"x"), "PING": ping(), "SETTINGS": settings(), "WINDOW_UPDATE": window_update(0, 1),
                        "an unknown frame": unknown(),
                        "HEADERS": head(), "RST_STREAM": lambda n: rst_stream(n), "CONTINUATION of another stream": continuation(99)}.items()},
    ends_connection=True)
lies("5.1", (PROTOCOL,), {
    "HEADERS on a stream that nobody opened end the connection": says(lambda n: headers(n + 100, BLOCK)),
    "DATA on a stream that nobody opened ends the connection": says(lambda n: data(n + 100, b"x")),
    "RST_STREAM on a stream that nobody opened ends the connection": says(lambda n: rst_stream(n + 100)),
    "WINDOW_UPDATE on a stream that nobody opened ends the connection": says(lambda n: window_update(n + 100, 1)),
    "HEADERS on a stream of the server's own end the connection": says(headers(2, BLOCK)),
    "DATA on a stream of the server's own ends the connection": says(data(2, b"x")),
    "CONTINUATION without HEADERS ends the connection": says(lambda n: continuation(n, BLOCK)),
}, ends_connection=True)
lies("6", (PROTOCOL,), {
    "DATA on stream 0 ends the connection": says(data(0, b"x")),
    "HEADERS on stream 0 end the connection": says(headers(0, BLOCK)),
    "HEADERS with more padding than payload end the connection": says(lambda n: frame(Kind.HEADERS, b"\xff" + BLOCK, n, PADDED | END_HEADERS)),
    "PRIORITY on stream 0 ends the connection": says(priority(0)),
    "RST_STREAM on stream 0 ends the connection": says(rst_stream(0)),
    "SETTINGS on a stream end the connection": says(lambda n: settings(stream=n)),
    "ENABLE_PUSH of 1 from a server ends the connection": says(settings((Setting.ENABLE_PUSH, 1))),
    "ENABLE_PUSH of 2 ends the connection": says(settings((Setting.ENABLE_PUSH, 2))),
    "MAX_FRAME_SIZE of 16383 ends the connection": says(settings((Setting.MAX_FRAME_SIZE, 16383))),
    "PING on a stream ends the connection": says(lambda n: ping(stream=n)),
    "GOAWAY on a stream ends the connection": says(lambda n: goaway(stream=n)),
    "an increment of 0 on the connection ends it": says(window_update(0, 0)),
    "CONTINUATION on stream 0 ends the connection": says(continuation(0, BLOCK)),
    "a push ends the connection, for it was forbidden":
        says(lambda n: push_promise(n, 2, [(":method", "GET"), (":scheme", "http"), (":authority", "a.test"), (":path", "/pushed")])),
    "a push on stream 0 ends the connection": says(push_promise(0, 2, b"")),
}, ends_connection=True)
lies("6", (PROTOCOL,), {
    "DATA with more padding than payload ends the connection": says(head(), lambda n: frame(Kind.DATA, b"\xffabc", n, PADDED)),
}, ends_connection=True, may_be_cut=True)
lies("6", (SIZE,), {
    "SETTINGS of 5 bytes end the connection": says(frame(Kind.SETTINGS, bytes(5))),
    "an acknowledgement of SETTINGS with a payload ends the connection": says(settings((Setting.MAX_FRAME_SIZE, 16384), flags=ACK)),
    "PING of 7 bytes ends the connection": says(frame(Kind.PING, bytes(7))),
    "GOAWAY of 7 bytes ends the connection": says(frame(Kind.GOAWAY, bytes(7))),
    "RST_STREAM of 3 bytes ends the connection": says(lambda n: frame(Kind.RST_STREAM, bytes(3), n)),
    "WINDOW_UPDATE of 3 bytes ends the connection": says(frame(Kind.WINDOW_UPDATE, bytes(3))),
}, ends_connection=True)
lies("6", (FLOW,), {
    "INITIAL_WINDOW_SIZE of 2^31 ends the connection": says(settings((Setting.INITIAL_WINDOW_SIZE, 2 ** 31))),
    "a window of the connection past 2^31-1 ends it": says(window_update(0, LARGEST_WINDOW), window_update(0, LARGEST_WINDOW)),
    "SETTINGS that widen the stream's window past 2^31-1 end the connection":
        says(lambda n: window_update(n, LARGEST_WINDOW - 65535), settings((Setting.INITIAL_WINDOW_SIZE, 65536))),
}, ends_connection=True)
lies("6", (FLOW,), {"a window of the stream past 2^31-1 is an error": says(lambda n: window_update(n, LARGEST_WINDOW))})
lies("6", (PROTOCOL, SIZE), {
    "HEADERS without room for their priority end the connection": says(lambda n: frame(Kind.HEADERS, bytes(4), n, PRIORITY | END_HEADERS)),
}, ends_connection=True)
# The request has no body that would need a window: some forget the stream's window as soon as it ended.
lies("6", (PROTOCOL,), {"an increment of 0 on the stream is an error": says(lambda n: window_update(n, 0))})
lies("6", (SIZE,), {"PRIORITY of 4 bytes is an error": says(lambda n: frame(Kind.PRIORITY, bytes(4), n))})

# ---- bodies where none can be

lies("8.1", (PROTOCOL,), {
    "DATA behind 204 is not passed on": says(head(status="204"), body(b"hello")),
    "DATA behind 304 is not passed on": says(head(status="304"), body(b"hello")),
}, status=None, may_be_cut=True)
lies("8.1", (PROTOCOL,), {"DATA of a response to HEAD is not passed on": says(head(), body(b"hello"))}, status=None, may_be_cut=True, method="HEAD")

# ---- what is unusual, but fine

lies("fine", (), {
    "a head, a body and its end in three frames": says(head(), body(end=False), body(b"", end=True)),
    "a content-length that is right": says(head((LENGTH, "2")), body()),
    "an informational head first": says(head(("link", "</a>"), status="103"), head(), body()),
    "several informational heads first": says(head(status="100"), head(status="102"), head(status="103"), head(), body()),
    "trailers": says(head(), body(end=False), fields(("x-trailer", "1"))),
    "empty trailers": says(head(), body(end=False), fields()),
    "empty DATA frames between": says(head(), body(b"", end=False), body(b"o", end=False), body(b"", end=False), body(b"k")),
    "padding": says(lambda n: headers(n, [OK], end=False, pad=10), lambda n: data(n, b"o", pad=0), lambda n: data(n, b"k", end=True, pad=255)),
    "a priority": says(lambda n: headers(n, [OK], end=False, priority=(0, 256, True)), priority(1), body()),
    "a block in many frames": says(lambda n: headers_in_pieces(n, BLOCK + literal("x-a", "b"), end=False, size=8), body()),
    "a field in the dynamic table": says(lambda n: headers(n, BLOCK + literal("x-a", "b", INDEXED) + indexed(FIRST_DYNAMIC), end=False), body()),
    "table sizes": says(lambda n: headers(n, table_size(0) + table_size(4096) + BLOCK, end=False), body()),
    "unknown frames everywhere": says(unknown(), lambda n: unknown(n), head(), lambda n: unknown(n), unknown(), body()),
    "unknown settings": says(settings((0x99, 7), (0, 1)), head(), body()),
    "ALTSVC": says(altsvc(), head(), lambda n: altsvc(n, b""), body()),
    "PING before the answer": says(ping(), head(), ping(b"12345678"), body()),
    "windows of exactly 2^31-1": lambda s, n: s.send(window_update(0, LARGEST_WINDOW - s.credit), window_update(n, 1000),
                                                      headers(n, [OK], end=False), data(n, b"ok", end=True)),
    "undefined flags": says(lambda n: frame(Kind.HEADERS, BLOCK, n, END_HEADERS | 0xd2), lambda n: frame(Kind.DATA, b"ok", n, 0xf7)),
    "RST_STREAM of NO_ERROR behind the end": says(head(), body(), lambda n: rst_stream(n, Code.NO_ERROR)),
    "WINDOW_UPDATE behind the end": says(head(), body(), lambda n: window_update(n, 100)),
    "PRIORITY behind the end": says(head(), body(), lambda n: priority(n)),
}, status=200, body=b"ok")
lies("fine", (), {"a :status that the standards do not know": says(head(status="299"), body())}, status=299, body=b"ok")
lies("fine", (), {"te in a response": says(head(("te", "trailers")), body())}, status=None, may_be_cut=True)
lies("RFC 9218", (PROTOCOL, SIZE), {"PRIORITY_UPDATE from a server is ignored or an error": says(priority_update(1), head(), body())},
     status=None, may_be_cut=True)
lies("5.1", (CLOSED,), {
    "HEADERS behind the end of the stream end the connection, not the response": says(head(), body(), head()),
    "DATA behind the end of the stream ends the connection, not the response": says(head(), body(), body()),
    "empty DATA behind the end of the stream ends the connection, not the response": says(head(), body(), body(b"")),
    "trailers behind the end of the stream end the connection, not the response": says(head(), body(), fields(("x-trailer", "1"))),
}, ends_connection=True, status=200, body=b"ok")
