"""Both ends of HTTP/2 connections for tests: they send any bytes, and judge every frame that comes by RFC 9113.

What a test sends through `send` is accounted for, so that the other side is held to the windows, settings and states it
can know of. A frame that it must not have sent is a Violation.
"""

import contextlib
import re
import select
import socket
import ssl
import struct
import time
from collections import deque

import hpack

from . import h2_frames as frames
from .h2_frames import ACK, END_HEADERS, END_STREAM, LARGEST_WINDOW, MAGIC, PADDED, PRIORITY, Code, Kind, Setting, name_of
from .http1 import Fields
from .process import PATIENCE, SLACK

_DEFAULTS = {Setting.HEADER_TABLE_SIZE: 4096, Setting.INITIAL_WINDOW_SIZE: 65535, Setting.MAX_FRAME_SIZE: 16384}
_CONNECTION_FIELDS = {"connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"}  # RFC 9113 section 8.2.2
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9a-z]+")
_BAD_VALUE = re.compile(r"[\0\r\n]|\A[ \t]|[ \t]\Z")


class Violation(AssertionError):
    """The other side did what the RFC forbids."""


class Silence(AssertionError):
    """Nothing more came."""


def _require(condition, *what):
    if not condition:
        raise Violation(" ".join(map(str, what)))


class Stream:
    """One stream as this end sees it."""

    def __init__(self, number, window, credit):
        self.number = number
        self.method = None
        self.heads = []           # Fields of every header section but the trailers: at a client, 1xx first
        self.trailers = None
        self.body = bytearray()
        self.never_indexed = set()  # names of fields that came as literals that are never indexed
        self.reset = None         # the code of the RST_STREAM that came
        self.is_ended = False     # they have ended their half
        self.is_ours_ended = False
        self.is_ours_reset = False
        self.window = window      # bytes of DATA that they may still send
        self.credit = credit      # that we may

    @property
    def fields(self):
        return self.heads[-1]

    @property
    def status(self):
        """Of the final response, if it has come."""
        return int(self.fields.get(":status")) if self.heads and self.fields.get(":status")[0] != "1" else None

    @property
    def interim(self):
        return [int(head.get(":status")) for head in self.heads[:-1]]

    @property
    def is_over(self):
        return self.is_ended or self.reset is not None

    @property
    def is_live(self):
        """It counts for the limit of concurrent streams."""
        return self.reset is None and not self.is_ours_reset and not (self.is_ended and self.is_ours_ended)


class Peer:
    """What both roles share. Blocking; a wait is a failure after PATIENCE seconds."""

    def __init__(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.received = []           # every frame so far
        self.streams = {}
        self.settings = dict(_DEFAULTS)  # what they asked us for
        self.limits = dict(_DEFAULTS)    # what we asked them for, and they acknowledged
        self.window = 65535          # bytes of DATA that they may still send
        self.credit = 65535          # that we may
        self.goaway = None           # (last stream, code) of the last one that came
        self.is_greeted = False      # their first SETTINGS came
        self.is_ended = False        # they closed
        self.acknowledges = True     # whether SETTINGS and PING are answered as the RFC asks
        self.judges = True           # whether a violation is an error
        self._unread = bytearray()
        self._is_eof = False
        self._decoder = hpack.Decoder(max_header_list_size=1 << 22)
        self._section = None         # of a HEADERS frame that is not complete: [stream, flags, bytes]
        self._asked = deque()        # our SETTINGS that were not acknowledged yet
        self._pings = deque()        # ours that were not answered yet

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def abort(self):
        """Closes with a TCP reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def __str__(self):
        seen = ", ".join(map(str, self.received[-12:])) or "nothing"
        return f"{seen}{' and the end' if self.is_ended else ''}"

    # ---- sending

    def send(self, *pieces):
        """Frames, as one write. False when the connection did not take them all."""
        data = b"".join(pieces)
        for sent in frames.parse(data)[0]:
            self._note(sent)
        return self.send_raw(data)

    def send_raw(self, data, patience=PATIENCE, reads=True):
        """Bytes that are not looked at. What arrives meanwhile is taken in, unless told otherwise. TimeoutError when none
        are taken for so long."""
        view = memoryview(data)
        self.sock.settimeout(0)
        while view:
            try:
                view = view[self.sock.send(view[:1 << 16]):]
                continue
            except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                pass
            except OSError:
                return False
            readable, writable, _ = select.select([self.sock] if reads and not self._is_eof else [], [self.sock], [], patience)
            if readable:
                self._take_in()
            elif not writable:
                raise TimeoutError("the peer takes no more")
        return True

    def grant(self, size, stream=0):
        """Lets them send more."""
        self.send(frames.window_update(stream, size))

    def fill(self, stream, most=1 << 30, quiet=0.2 * SLACK):
        """Sends DATA until the windows are closed and stay so, or so much has left. Returns how much."""
        sent = 0
        while sent < most and not stream.reset and not self.is_ended:
            room = min(stream.credit, self.credit, 16384, most - sent)
            if room > 0:
                self.send(frames.data(stream.number, bytes(room)))
                sent += room
                continue
            try:
                self.read_until(lambda: stream.credit > 0 and self.credit > 0, timeout=quiet)
            except Silence:
                break
        return sent

    def _note(self, sent):
        """Accounts for a frame of ours."""
        stream = self.streams.get(sent.stream)
        if sent.kind == Kind.SETTINGS and not sent.has(ACK) and len(sent.payload) % 6 == 0:
            self._asked.append([struct.unpack_from(">HI", sent.payload, at) for at in range(0, len(sent.payload), 6)])
        elif sent.kind == Kind.PING and not sent.has(ACK):
            self._pings.append(sent.payload)
        elif sent.kind == Kind.WINDOW_UPDATE and len(sent.payload) == 4:
            increment = int.from_bytes(sent.payload, "big") & LARGEST_WINDOW
            if sent.stream == 0:
                self.window += increment
            elif stream:
                stream.window += increment
        elif sent.kind == Kind.DATA:
            self.credit -= len(sent.payload)
            if stream:
                stream.credit -= len(sent.payload)
                stream.is_ours_ended |= sent.has(END_STREAM)
        elif sent.kind == Kind.HEADERS and stream:
            stream.is_ours_ended |= sent.has(END_STREAM)
        elif sent.kind == Kind.RST_STREAM and stream:
            stream.is_ours_reset = True

    def _make_stream(self, number):
        stream = Stream(number, self.limits[Setting.INITIAL_WINDOW_SIZE], self.settings[Setting.INITIAL_WINDOW_SIZE])
        self.streams[number] = stream
        return stream

    # ---- reading

    def read(self, timeout=PATIENCE):
        """The next frame, or None at the end. TimeoutError when nothing comes."""
        deadline = time.monotonic() + timeout
        while len(self._unread) < 9 or len(self._unread) < 9 + int.from_bytes(self._unread[:3], "big"):
            if len(self._unread) >= 9 and self.judges:
                self._judge_length(int.from_bytes(self._unread[:3], "big"))
            if self._is_eof or not self._fill(deadline - time.monotonic()):
                self.is_ended = True
                return None
        size = 9 + int.from_bytes(self._unread[:3], "big")
        raw, self._unread = bytes(self._unread[:size]), self._unread[size:]
        got = frames.Frame(raw[3], raw[4], int.from_bytes(raw[5:9], "big"), raw[9:])
        self.received.append(got)
        try:
            self._judge(got)
        except Violation as violation:
            if self.judges:
                raise Violation(f"{violation}; frames so far: {self}") from None
        return got

    def read_until(self, question, what="", timeout=PATIENCE):
        """Reads until the answer is true or the connection has ended, and returns the answer."""
        deadline = time.monotonic() + timeout
        while not (answer := question()) and not self.is_ended:
            try:
                self.read(max(0, deadline - time.monotonic()))
            except TimeoutError:
                raise Silence(f"this did not come within {timeout} s: {what or question}; frames so far: {self}") from None
        return answer

    def read_to_end(self, timeout=PATIENCE):
        self.read_until(lambda: False, "the end of the connection", timeout)

    def read_for(self, seconds):
        """Whatever comes within so long."""
        with contextlib.suppress(TimeoutError):
            deadline = time.monotonic() + seconds
            while not self.is_ended:
                self.read(max(0, deadline - time.monotonic()))

    def settle(self, payload=b"settling"):
        """Until everything that was sent has been looked at by the other side: a PING there and back."""
        answers = sum(got.kind == Kind.PING and got.has(ACK) for got in self.received)
        self.send(frames.ping(payload))
        assert self.read_until(lambda: sum(got.kind == Kind.PING and got.has(ACK) for got in self.received) > answers,
                               "the answer to a PING"), f"the connection ended: {self}"

    def settle_or_end(self):
        """The same, or until the connection has ended."""
        self.send(frames.ping(b"finality"))
        self.read_until(lambda: self.received and self.received[-1].kind == Kind.PING and self.received[-1].payload == b"finality",
                        "the answer to a PING, or the end")

    def acknowledged(self):
        """Until all our SETTINGS are."""
        assert self.read_until(lambda: not self._asked, "the acknowledgement of SETTINGS"), f"the connection ended: {self}"

    def _fill(self, timeout):
        self.sock.settimeout(max(timeout, 0.001))
        try:
            data = self.sock.recv(1 << 18)
        except TimeoutError:
            raise
        except OSError:
            data = b""
        self._is_eof = not data
        self._unread += data
        return bool(data)

    def _take_in(self):
        with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            try:
                data = self.sock.recv(1 << 18)
            except ConnectionError:
                data = b""
            self._is_eof = not data
            self._unread += data

    # ---- judging what came

    def _judge_length(self, length):
        if length > self.limits[Setting.MAX_FRAME_SIZE]:
            raise Violation(f"a frame of {length} bytes is larger than SETTINGS_MAX_FRAME_SIZE; frames so far: {self}")

    def _judge(self, got):
        self._judge_length(len(got.payload))
        _require(got.stream <= LARGEST_WINDOW, "the reserved bit of a frame header is set")
        _require(self.is_greeted or got.kind == Kind.SETTINGS and not got.has(ACK), "the first frame is not SETTINGS:", got)
        _require(not got.flags & ~frames.DEFINED_FLAGS.get(got.kind, 0), "an undefined flag is set:", got)
        if self._section:
            _require(got.kind == Kind.CONTINUATION and got.stream == self._section[0], "no CONTINUATION behind HEADERS:", got)
        judge = {
            Kind.DATA: self._on_data, Kind.HEADERS: self._on_headers, Kind.PRIORITY: self._on_priority,
            Kind.RST_STREAM: self._on_rst_stream, Kind.SETTINGS: self._on_settings, Kind.PUSH_PROMISE: self._on_push_promise,
            Kind.PING: self._on_ping, Kind.GOAWAY: self._on_goaway, Kind.WINDOW_UPDATE: self._on_window_update,
            Kind.CONTINUATION: self._on_continuation,
        }.get(got.kind)
        if judge:
            judge(got)

    def _stream_of(self, got):
        _require(got.stream in self.streams, "a frame on an idle stream:", got)
        stream = self.streams[got.stream]
        _require(stream.reset is None, "a frame behind RST_STREAM:", got)
        return stream

    def _on_data(self, got):
        stream = self._stream_of(got)
        _require(not stream.is_ended, "DATA behind END_STREAM")
        _require(stream.heads, "DATA before a header section")
        stream.window -= len(got.payload)
        self.window -= len(got.payload)
        _require(stream.window >= 0 or not got.payload, "DATA past the window of stream", got.stream)
        _require(self.window >= 0 or not got.payload, "DATA past the window of the connection")
        stream.body += self._without_padding(got)
        if got.has(END_STREAM):
            self._on_stream_ended(stream)

    def _on_headers(self, got):
        content = self._without_padding(got)
        if got.has(PRIORITY):
            content = content[5:]
        self._section = [got.stream, got.flags, content]
        if got.has(END_HEADERS):
            self._on_section()

    def _on_continuation(self, got):
        _require(self._section, "CONTINUATION without HEADERS")
        self._section[2] += got.payload
        if got.has(END_HEADERS):
            self._on_section()

    def _on_section(self):
        (number, flags, block), self._section = self._section, None
        try:
            decoded = self._decoder.decode(block, raw=True)
        except hpack.HPACKError as error:
            raise Violation(f"HPACK: {error!r}") from None
        fields = Fields((name.decode("latin-1"), value.decode("latin-1")) for name, value in decoded)
        stream = self._stream_of_section(number, fields)
        _require(not stream.is_ended, "HEADERS behind END_STREAM")
        _require(stream.reset is None, "HEADERS behind RST_STREAM")
        stream.never_indexed |= {field[0].decode("latin-1") for field in decoded if not field.indexable}
        if self._is_trailers(stream):
            _require(flags & END_STREAM, "trailers without END_STREAM")
            judge_fields(fields, ())
            stream.trailers = fields
        else:
            self._judge_head(stream, fields, flags & END_STREAM)
            stream.heads.append(fields)
        if flags & END_STREAM:
            self._on_stream_ended(stream)

    def _on_stream_ended(self, stream):
        stream.is_ended = True
        _require(stream.heads, "a stream ended without a header section")
        length = stream.fields.get("content-length")
        if length is not None and self._has_content(stream):
            _require(int(length) == len(stream.body), f"content-length {length}, and {len(stream.body)} bytes")

    def _on_priority(self, got):
        _require(got.stream and len(got.payload) == 5, "a malformed PRIORITY:", got)

    def _on_rst_stream(self, got):
        _require(got.stream and len(got.payload) == 4, "a malformed RST_STREAM:", got)
        _require(got.stream in self.streams or self._is_skipped(got.stream), "RST_STREAM on an idle stream:", got)
        if stream := self.streams.get(got.stream):
            # A second one may answer frames that come late (section 5.4.2).
            stream.reset = int.from_bytes(got.payload, "big") if stream.reset is None else stream.reset

    def _on_settings(self, got):
        _require(got.stream == 0 and len(got.payload) % 6 == 0, "malformed SETTINGS:", got)
        if got.has(ACK):
            _require(not got.payload, "an acknowledgement of SETTINGS with a payload")
            _require(self._asked, "an acknowledgement of SETTINGS that were not sent")
            self._on_limits(self._asked.popleft())
            return
        self.is_greeted = True
        for at in range(0, len(got.payload), 6):
            setting, value = struct.unpack_from(">HI", got.payload, at)
            self._judge_setting(setting, value)
            if setting == Setting.INITIAL_WINDOW_SIZE:
                for stream in self.streams.values():
                    stream.credit += value - self.settings[Setting.INITIAL_WINDOW_SIZE]
            self.settings[setting] = value
        if self.acknowledges:
            self.send(frames.settings_ack())

    def _judge_setting(self, setting, value):
        _require(setting != Setting.INITIAL_WINDOW_SIZE or value <= LARGEST_WINDOW, "SETTINGS_INITIAL_WINDOW_SIZE is", value)
        _require(setting != Setting.MAX_FRAME_SIZE or 2 ** 14 <= value < 2 ** 24, "SETTINGS_MAX_FRAME_SIZE is", value)
        booleans = (Setting.ENABLE_PUSH, Setting.ENABLE_CONNECT_PROTOCOL, Setting.NO_RFC7540_PRIORITIES)
        _require(setting not in booleans or value in (0, 1), name_of(Setting, setting), "is", value)

    def _on_limits(self, pairs):
        for setting, value in pairs:
            if setting == Setting.INITIAL_WINDOW_SIZE:
                for stream in self.streams.values():
                    stream.window += value - self.limits[Setting.INITIAL_WINDOW_SIZE]
            if setting == Setting.HEADER_TABLE_SIZE:
                self._decoder.max_allowed_table_size = value
            self.limits[setting] = value

    def _on_push_promise(self, got):
        raise Violation(f"PUSH_PROMISE: {got}")

    def _on_ping(self, got):
        _require(got.stream == 0 and len(got.payload) == 8, "a malformed PING:", got)
        if got.has(ACK):
            _require(self._pings and self._pings[0] == got.payload, "the answer to no PING of ours:", got.payload)
            self._pings.popleft()
        elif self.acknowledges:
            self.send(frames.ping(got.payload, ack=True))

    def _on_goaway(self, got):
        _require(got.stream == 0 and len(got.payload) >= 8, "a malformed GOAWAY:", got)
        last, code = struct.unpack_from(">II", got.payload)
        _require(self.goaway is None or last <= self.goaway[0], "a second GOAWAY raises the last stream:", last)
        self.goaway = (last, code)

    def _on_window_update(self, got):
        _require(len(got.payload) == 4, "a malformed WINDOW_UPDATE:", got)
        increment = int.from_bytes(got.payload, "big")
        _require(0 < increment <= LARGEST_WINDOW, "WINDOW_UPDATE by", increment)
        holder = self._stream_of(got) if got.stream else self
        holder.credit += increment
        _require(holder.credit <= LARGEST_WINDOW, "a window past 2^31-1 on stream", got.stream)

    @staticmethod
    def _without_padding(got):
        if not got.has(PADDED):
            return got.payload
        _require(got.payload and got.payload[0] < len(got.payload), "more padding than payload")
        return got.payload[1:len(got.payload) - got.payload[0]]


def judge_fields(fields, pseudo):
    """Section 8.2 and 8.3 of RFC 9113; `pseudo` names the pseudo-header fields that may occur."""
    is_regular = False
    seen = set()
    for name, value in fields:
        _require(not _BAD_VALUE.search(value), f"the value of {name}: {value!r}")
        if name.startswith(":"):
            _require(name in pseudo and name not in seen, f"{name} does not belong here, or came twice")
            _require(not is_regular, f"{name} behind regular fields")
            seen.add(name)
            continue
        is_regular = True
        _require(_NAME.fullmatch(name), f"the field name {name!r}")
        _require(name not in _CONNECTION_FIELDS, f"{name}, which belongs to a connection")
        _require(name != "te" or value == "trailers", f"te: {value}")


class Client(Peer):
    """The client's end."""

    def __init__(self, sock, scheme="http"):
        super().__init__(sock)
        self.scheme = scheme
        self.authority = "a.test"
        self.next = 1  # the number of the next stream

    @classmethod
    def connect(cls, port, tls=None, settings=(), greets=True, alpn="h2", receive_buffer=None):
        """With `greets`, the preface and SETTINGS are out, and the server's SETTINGS acknowledged."""
        sock = socket.socket()
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(PATIENCE)
        sock.connect(("127.0.0.1", port))
        if tls:
            sock = tls.wrap_socket(sock, server_hostname="localhost")
            assert sock.selected_alpn_protocol() == alpn
        client = cls(sock, "https" if tls else "http")
        if greets:
            client.greet(*settings)
            assert client.read_until(lambda: client.is_greeted, "SETTINGS"), f"the connection ended: {client}"
        return client

    def greet(self, *settings):
        self.send_raw(MAGIC)
        self.send(frames.settings(*settings))

    # ---- requests

    def fields(self, *more, without=(), **pseudo):
        """The fields of a request. `pseudo`: method, scheme, authority, path; `without` leaves some of those out."""
        values = {"method": "GET", "scheme": self.scheme, "authority": self.authority, "path": "/", **pseudo}
        return [(f":{name}", value) for name, value in values.items() if name not in without] + list(more)

    def request(self, *more, end=True, stream=None, **pseudo):
        """Sends a head on the next stream, and returns the stream's number."""
        number = stream or self.next
        self.send(frames.headers(number, self.fields(*more, **pseudo), end=end))
        return number

    def response(self, number, timeout=PATIENCE):
        """The stream once its response is whole. Anything else is a failure."""
        stream = self.streams[number]
        self.read_until(lambda: stream.is_over, f"the response on stream {number}", timeout)
        assert stream.reset is None, f"stream {number} was reset: {name_of(Code, stream.reset)}; frames so far: {self}"
        assert stream.is_ended, f"the connection ended before the response: {self}"
        return stream

    def get(self, path="/", *more, **pseudo):
        return self.response(self.request(*more, path=path, **pseudo))

    def upload(self, number, body, end=True, size=None):
        """Sends DATA as the windows allow, and waits for them."""
        stream = self.streams[number]
        at = 0
        while at < len(body) and not stream.is_over:
            room = min(stream.credit, self.credit, size or self.settings[Setting.MAX_FRAME_SIZE], len(body) - at)
            if room <= 0:
                self.read_until(lambda: stream.credit > 0 and self.credit > 0 or stream.is_over, "WINDOW_UPDATE")
                assert not self.is_ended, f"the connection ended: {self}"
                continue
            self.send(frames.data(number, body[at:at + room], end=end and at + room == len(body)))
            at += room
        return at

    def _is_skipped(self, number):
        return number % 2 == 1 and number < self.next

    def _note(self, sent):
        if sent.kind == Kind.HEADERS and sent.stream not in self.streams:
            stream = self._make_stream(sent.stream)
            if b":method" + frames.string("HEAD") in sent.payload:
                stream.method = "HEAD"
            self.next = max(self.next, sent.stream + 2 if sent.stream % 2 else 1)
        super()._note(sent)

    # ---- judging

    def _stream_of_section(self, number, fields):
        _require(number in self.streams, "HEADERS on an idle stream:", number)
        return self.streams[number]

    def _is_trailers(self, stream):
        return stream.status is not None

    def _judge_head(self, stream, fields, is_end):
        judge_fields(fields, {":status"})
        status = fields.get(":status")
        _require(status and re.fullmatch("[1-9][0-9][0-9]", status), "the :status", status)
        _require(status != "101", "101, which HTTP/2 does not have")
        _require(status[0] != "1" or not is_end, "an informational head with END_STREAM")

    def _has_content(self, stream):
        return stream.method != "HEAD" and stream.status != 304

    def _judge_setting(self, setting, value):
        super()._judge_setting(setting, value)
        _require(setting != Setting.ENABLE_PUSH or value == 0, "SETTINGS_ENABLE_PUSH=1 from a server")

    # ---- verdicts

    def assert_connection_error(self, *codes, is_silent_allowed=False):
        """GOAWAY with one of the codes, and the end behind it."""
        self.read_to_end()
        if self.goaway is None and is_silent_allowed:
            return
        assert self.goaway, f"the connection ended without GOAWAY: {self}"
        assert self.goaway[1] in codes, f"GOAWAY({name_of(Code, self.goaway[1])}), not {[code.name for code in codes]}: {self}"

    def assert_stream_error(self, number, *codes):
        """RST_STREAM with one of the codes and a connection that goes on, or the same as a connection error."""
        stream = self.streams[number]
        self.read_until(lambda: stream.reset is not None or self.goaway, f"RST_STREAM on stream {number}")
        if stream.reset is None:
            return self.assert_connection_error(*codes)
        assert stream.reset in codes, f"RST_STREAM({name_of(Code, stream.reset)}), not {[code.name for code in codes]}: {self}"
        return self.assert_works()

    def assert_refused(self, number, *codes, statuses=()):
        """A malformed message: a 4xx or 501, RST_STREAM or GOAWAY."""
        stream = self.streams[number]
        self.read_until(lambda: stream.is_over or self.goaway, f"stream {number} is refused")
        if stream.reset is None and stream.is_ended:
            assert 400 <= stream.status < 500 or stream.status in (501, *statuses), f"answered {stream.status}"
            return self.assert_works()
        return self.assert_stream_error(number, *(codes or (Code.PROTOCOL_ERROR,)))

    def assert_works(self):
        """A request on this connection is answered."""
        got = self.get("/afterwards")
        assert got.status == 200, got.fields
        return got

    def assert_unharmed(self):
        """That, and nothing was reset before it."""
        self.assert_works()
        assert self.goaway is None and all(stream.reset is None for stream in self.streams.values()), str(self)


class Server(Peer):
    """The server's end of one connection."""

    def __init__(self, sock, settings=(), greets=True):
        super().__init__(sock)
        self._magic = b""
        self._last = 0          # the highest stream that they opened
        self._unclaimed = deque()  # streams that next_request has not returned yet
        if greets:
            self.greet(*settings)

    def greet(self, *settings):
        self.send(frames.settings(*settings))

    def read(self, timeout=PATIENCE):
        deadline = time.monotonic() + timeout
        while len(self._magic) < len(MAGIC):
            if not self._unread and not self._fill(deadline - time.monotonic()):
                self.is_ended = True
                return None
            missing = len(MAGIC) - len(self._magic)
            self._magic += self._unread[:missing]
            self._unread = self._unread[missing:]
            _require(MAGIC.startswith(self._magic), "not the preface of HTTP/2:", self._magic)
        return super().read(timeout)

    def next_request(self, timeout=PATIENCE):
        """The stream whose head comes next, or None at the end."""
        self.read_until(lambda: self._unclaimed, "a request", timeout)
        return self._unclaimed.popleft() if self._unclaimed else None

    def whole_request(self):
        stream = self.next_request()
        assert stream, f"the connection ended before a request: {self}"
        return self.body_of(stream)

    def body_of(self, stream, replenishes=True):
        """Reads it to its end, and gives the windows back."""
        while not stream.is_over and not self.is_ended:
            got = self.read()
            if replenishes and got and got.kind == Kind.DATA and got.payload:
                self.grant(len(got.payload))
                if not stream.is_over and got.stream == stream.number:
                    self.grant(len(got.payload), stream.number)
        return stream

    def answer(self, stream, body=b"ok", status=200, *more, trailers=None, end=True):
        """A whole response. Its body must fit the windows."""
        assert stream is not None, f"there is no request to answer: {self}"
        number = getattr(stream, "number", stream)
        head = [(":status", str(status)), *more]
        pieces = [frames.headers(number, head, end=end and not body and trailers is None)]
        size = self.settings[Setting.MAX_FRAME_SIZE]
        for at in range(0, len(body), size):
            pieces.append(frames.data(number, body[at:at + size], end=end and trailers is None and at + size >= len(body)))
        if trailers is not None:
            pieces.append(frames.headers(number, trailers))
        self.send(*pieces)

    # ---- judging

    def _is_skipped(self, number):
        return number % 2 == 1 and number < self._last

    def _stream_of_section(self, number, fields):
        if number in self.streams:
            return self.streams[number]
        _require(number % 2 == 1 and number > self._last, f"stream {number} behind stream {self._last}")
        limit = self.limits.get(Setting.MAX_CONCURRENT_STREAMS)
        live = sum(stream.is_live for stream in self.streams.values())
        _require(limit is None or live < limit, f"stream {number} beside {live} others, and {limit} may be")
        self._last = number
        stream = self._make_stream(number)
        stream.method = fields.get(":method")
        self._unclaimed.append(stream)
        return stream

    def _is_trailers(self, stream):
        return bool(stream.heads)

    def _judge_head(self, stream, fields, is_end):
        judge_fields(fields, {":method", ":scheme", ":authority", ":path", ":protocol"})
        method = fields.get(":method")
        _require(method, "no :method")
        if method != "CONNECT" or ":protocol" in fields:
            _require(fields.get(":scheme") in ("http", "https"), "the :scheme", fields.get(":scheme"))
            path = fields.get(":path")
            _require(path and (path.startswith("/") or path == "*" and method == "OPTIONS"), "the :path", path)
        else:
            _require(":scheme" not in fields and ":path" not in fields, "CONNECT with :scheme or :path")
        authority, host = fields.get(":authority"), fields.get("host")
        _require(authority or host, "neither :authority nor host")
        _require(authority is None or "@" not in authority, "user information in :authority")
        _require(not authority or not host or authority == host, f"host {host} differs from :authority {authority}")

    def _has_content(self, stream):
        return True
