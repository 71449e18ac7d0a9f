"""HTTP/1.1 over a socket, as exact bytes and as messages read strictly.

The same class serves tests that play the client and tests that play the origin.
"""

import contextlib
import re
import socket
import struct
from dataclasses import dataclass, field

from .process import PATIENCE

_STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})(?: ([^\r\n]*))?\Z")


class Truncated(Exception):
    """The message ended before its framing said so. `got` is what came of its body."""

    def __init__(self, got=b""):
        super().__init__(f"ended early, after {len(got)} bytes of body")
        self.got = got


class Malformed(Exception):
    """The bytes are no HTTP/1.1 message."""


class Fields(list):
    """(name, value) pairs in the order of the wire."""

    def all(self, name):
        return [value for n, value in self if n.lower() == name.lower()]

    def get(self, name):
        """The only value of that name, or None; two are a failure of whoever sent them."""
        values = self.all(name)
        assert len(values) < 2, f"{name} came {len(values)} times: {values}"
        return values[0] if values else None

    def __contains__(self, name):
        return bool(self.all(name))


@dataclass
class Message:
    start_line: str
    fields: Fields
    raw: bytes = b""  # everything as it came on the wire: head, framing, body and trailers
    body: bytes = b""
    trailers: Fields = field(default_factory=Fields)
    is_complete: bool = False


class Request(Message):
    connection = 0  # the origin's number of the connection that it came on, from 1

    @property
    def method(self):
        return self.start_line.split(" ")[0]

    @property
    def target(self):
        return self.start_line.split(" ")[1]


class Response(Message):
    interim: list  # the 1xx responses before it

    @property
    def status(self):
        return int(self.start_line.split(" ")[1])


def response(body=b"ok", status="200 OK", *fields):
    """The bytes of an answer with a Content-Length."""
    lines = "".join(f"{line}\r\n" for line in fields)
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode("latin-1") + body


def chunked(*pieces, trailers=()):
    lines = "".join(f"{line}\r\n" for line in trailers).encode("latin-1")
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n" + lines + b"\r\n"


class Wire:
    def __init__(self, sock):
        sock.settimeout(PATIENCE)
        self.sock = sock
        self._unread = b""
        self._raw = b""  # of the message that is being read

    @classmethod
    def connect(cls, port, tls=None, server_name="localhost", receive_buffer=None, host="127.0.0.1"):
        sock = socket.socket()
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(PATIENCE)
        sock.connect((host, port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            sock = tls.wrap_socket(sock, server_hostname=server_name)
        return cls(sock)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ---- exact bytes

    def send(self, data):
        self.sock.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def get(self, target="/", *fields, host="a.test"):
        lines = "".join(f"{line}\r\n" for line in fields)
        self.send(f"GET {target} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n")

    def post(self, body, target="/", *fields, method="POST", host="a.test"):
        lines = "".join(f"{line}\r\n" for line in fields)
        self.send(f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode() + body)

    def receive(self, size=65536):
        """Some bytes, or b"" at the end. A reset is an end."""
        if self._unread:
            data, self._unread = self._unread[:size], self._unread[size:]
            return data
        try:
            return self.sock.recv(size)
        except ConnectionError:
            return b""

    def receive_all(self):
        """Everything until the peer closes."""
        pieces = []
        while piece := self.receive(1 << 18):
            pieces.append(piece)
        return b"".join(pieces)

    def is_silent(self, seconds):
        """Whether neither a byte nor an end comes for so long."""
        if self._unread:
            return False
        self.sock.settimeout(seconds)
        try:
            self._unread = self.sock.recv(65536)
            return False
        except (TimeoutError, socket.timeout):
            return True
        except ConnectionError:
            return False
        finally:
            self.sock.settimeout(PATIENCE)

    def is_at_end(self):
        """Waits for what comes next: whether it is the end."""
        return self.receive() == b""

    def half_close(self):
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)

    def close(self):
        self.sock.close()

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    # ---- messages

    def read_request(self, message=None):
        """The next request, or None when the peer closed before it. `message` is filled while it arrives."""
        head = self.read_request_head(message)
        if head is not None:
            self.read_body(head)
        return head

    def read_request_head(self, message=None):
        return self._read_head(message if message is not None else Request("", Fields()))

    def read_response(self, to="GET"):
        """The next final response, its interim ones with it."""
        interim = []
        while True:
            head = self.read_response_head()
            if head.status < 200 and head.status != 101:
                interim.append(head)
                continue
            head.interim = interim
            if to == "HEAD" or head.status in (101, 204, 304):
                head.is_complete = True
            else:
                self.read_body(head, until_close=True)
            return head

    def read_response_head(self):
        head = self._read_head(Response("", Fields()))
        if head is None:
            raise Truncated()
        if not _STATUS_LINE.match(head.start_line.encode("latin-1")):
            raise Malformed(f"no status line: {head.start_line!r}")
        return head

    def read_body(self, message, until_close=False):
        """Fills `message` as its framing says; what it leaves open ends with the connection or at once."""
        body = bytearray()
        try:
            coding, length = message.fields.get("Transfer-Encoding"), message.fields.get("Content-Length")
            assert coding is None or length is None, "framed twice"
            if coding is not None:
                assert coding == "chunked", coding
                self._read_chunks(body, message.trailers)
            elif length is not None:
                assert re.fullmatch("0|[1-9][0-9]*", length), length
                self._read_into(body, int(length))
            elif until_close:
                body += b"".join(iter(self._more, b""))
            message.is_complete = True
        finally:
            message.body = bytes(body)
            message.raw, self._raw = message.raw + self._raw, b""

    def _read_head(self, message):
        self._raw = b""
        section = self._read_through(b"\r\n\r\n", at_end=message)
        if section is None:
            return None
        message.raw, self._raw = self._raw, b""
        lines = section[:-4].decode("latin-1").split("\r\n")
        message.start_line = lines[0]
        message.fields = Fields(_field(line) for line in lines[1:])
        return message

    def _read_chunks(self, body, trailers):
        while True:
            line = self._read_through(b"\r\n")
            if not re.fullmatch(rb"[0-9a-fA-F]+\r\n", line):
                raise Malformed(f"no chunk size: {line!r}")
            size = int(line, 16)
            if size == 0:
                break
            self._read_into(body, size)
            if self._read_exactly(2) != b"\r\n":
                raise Malformed("a chunk is longer than it said")
        while (line := self._read_through(b"\r\n")) != b"\r\n":
            trailers.append(_field(line[:-2].decode("latin-1")))

    def _read_into(self, body, left):
        while left:
            piece = self._more(left)
            if not piece:
                raise Truncated(bytes(body))
            body += piece
            left -= len(piece)

    def _more(self, size=1 << 18):
        piece = self.receive(min(size, 1 << 18))
        if len(self._raw) < 1 << 18:  # enough to see what is in it
            self._raw += piece
        return piece

    def _read_exactly(self, size):
        data = b""
        while len(data) < size:
            piece = self._more(size - len(data))
            if not piece:
                raise Truncated(data)
            data += piece
        return data

    def _read_through(self, mark, at_end=None):
        data = b""
        while mark not in data:
            piece = self.receive()
            if not piece:
                if at_end is not None and not data:
                    return None
                if at_end is not None:
                    at_end.raw = data
                raise Truncated(data)
            data += piece
        end = data.index(mark) + len(mark)
        self._unread = data[end:] + self._unread
        self._raw += data[:end]
        return data[:end]


def _field(line):
    name, colon, value = line.partition(":")
    if not colon or not re.fullmatch(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", name):
        raise Malformed(f"no field: {line!r}")
    return name, value.strip(" \t")


def read_responses(data):
    """All the responses in bytes that ended with a close: (responses, whether the last one was cut short)."""
    ours, theirs = socket.socketpair()
    with ours:
        theirs.close()
        wire, responses = Wire(ours), []
        wire._unread = data
        while wire._unread:
            try:
                responses.append(wire.read_response())
            except Truncated:
                return responses, True
        return responses, False
