"""The frames of HTTP/2 (RFC 9113 section 6) and its header compression (RFC 7541) as exact bytes, the wrong ones too."""

import enum
import struct
from dataclasses import dataclass

MAGIC = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
LARGEST_WINDOW = 2 ** 31 - 1
LARGEST_STREAM = 2 ** 31 - 1


class Kind(enum.IntEnum):
    DATA = 0
    HEADERS = 1
    PRIORITY = 2
    RST_STREAM = 3
    SETTINGS = 4
    PUSH_PROMISE = 5
    PING = 6
    GOAWAY = 7
    WINDOW_UPDATE = 8
    CONTINUATION = 9
    ALTSVC = 0xa            # RFC 7838
    PRIORITY_UPDATE = 0x10  # RFC 9218
    UNKNOWN = 0xbe          # assigned to nobody


class Code(enum.IntEnum):
    NO_ERROR = 0
    PROTOCOL_ERROR = 1
    INTERNAL_ERROR = 2
    FLOW_CONTROL_ERROR = 3
    SETTINGS_TIMEOUT = 4
    STREAM_CLOSED = 5
    FRAME_SIZE_ERROR = 6
    REFUSED_STREAM = 7
    CANCEL = 8
    COMPRESSION_ERROR = 9
    CONNECT_ERROR = 10
    ENHANCE_YOUR_CALM = 11
    INADEQUATE_SECURITY = 12
    HTTP_1_1_REQUIRED = 13


class Setting(enum.IntEnum):
    HEADER_TABLE_SIZE = 1
    ENABLE_PUSH = 2
    MAX_CONCURRENT_STREAMS = 3
    INITIAL_WINDOW_SIZE = 4
    MAX_FRAME_SIZE = 5
    MAX_HEADER_LIST_SIZE = 6
    ENABLE_CONNECT_PROTOCOL = 8  # RFC 8441
    NO_RFC7540_PRIORITIES = 9    # RFC 9218


ACK = END_STREAM = 0x1
END_HEADERS = 0x4
PADDED = 0x8
PRIORITY = 0x20

DEFINED_FLAGS = {Kind.DATA: END_STREAM | PADDED, Kind.HEADERS: END_STREAM | END_HEADERS | PADDED | PRIORITY, Kind.SETTINGS: ACK,
                 Kind.PUSH_PROMISE: END_HEADERS | PADDED, Kind.PING: ACK, Kind.CONTINUATION: END_HEADERS}


def name_of(enumeration, value):
    return enumeration(value).name if value in list(enumeration) else hex(value)


@dataclass(frozen=True)
class Frame:
    kind: int
    flags: int
    stream: int
    payload: bytes

    def has(self, flag):
        return bool(self.flags & flag)

    def __str__(self):
        more = ""
        if self.kind in (Kind.RST_STREAM, Kind.GOAWAY) and len(self.payload) in (4, 8):
            more = f", {name_of(Code, int.from_bytes(self.payload[-4:], 'big'))}"
        return f"{name_of(Kind, self.kind)}({self.stream}, {len(self.payload)} bytes, flags {self.flags:#x}{more})"


def frame(kind, payload=b"", stream=0, flags=0, *, length=None, reserved=0):
    """One frame. `length` lies about the payload; `reserved` is the bit above the stream's number."""
    length = len(payload) if length is None else length
    return struct.pack(">I", length)[1:] + bytes([kind, flags]) + struct.pack(">I", stream | reserved << 31) + payload


def parse(data):
    """(whole frames at the beginning of the bytes, what is left). Reserved bits are dropped."""
    frames = []
    while len(data) >= 9 and len(data) >= 9 + (length := int.from_bytes(data[:3], "big")):
        frames.append(Frame(data[3], data[4], int.from_bytes(data[5:9], "big") & LARGEST_STREAM, bytes(data[9:9 + length])))
        data = data[9 + length:]
    return frames, data


def _padded(payload, pad):
    return (0, payload) if pad is None else (PADDED, bytes([pad]) + payload + bytes(pad))


def data(stream, payload=b"", end=False, pad=None, **more):
    flags, payload = _padded(payload, pad)
    return frame(Kind.DATA, payload, stream, flags | END_STREAM * end, **more)


def headers(stream, block, end=True, end_headers=True, pad=None, priority=None, **more):
    """`block`: fields, or bytes of HPACK. `priority`: (stream it depends on, weight, is exclusive)."""
    flags = END_STREAM * end | END_HEADERS * end_headers
    payload = _block(block)
    if priority is not None:
        payload, flags = _dependency(*priority) + payload, flags | PRIORITY
    padding, payload = _padded(payload, pad)
    return frame(Kind.HEADERS, payload, stream, flags | padding, **more)


def continuation(stream, block=b"", end_headers=True, **more):
    return frame(Kind.CONTINUATION, _block(block), stream, END_HEADERS * end_headers, **more)


def headers_in_pieces(stream, block, end=True, size=16384):
    """A HEADERS frame and as many CONTINUATIONs as it takes."""
    block = _block(block)
    pieces = [block[at:at + size] for at in range(0, len(block), size)] or [b""]
    last = len(pieces) - 1
    return headers(stream, pieces[0], end=end, end_headers=last == 0) + b"".join(
        continuation(stream, piece, end_headers=at == last) for at, piece in enumerate(pieces) if at)


def _dependency(on, weight=16, exclusive=False):
    return struct.pack(">IB", on | exclusive << 31, weight - 1)


def priority(stream, on=0, weight=16, exclusive=False, **more):
    return frame(Kind.PRIORITY, _dependency(on, weight, exclusive), stream, **more)


def rst_stream(stream, code=Code.CANCEL, **more):
    return frame(Kind.RST_STREAM, struct.pack(">I", code), stream, **more)


def settings(*pairs, stream=0, flags=0, **more):
    """`pairs`: (setting, value), in the order of the wire."""
    return frame(Kind.SETTINGS, b"".join(struct.pack(">HI", *pair) for pair in pairs), stream, flags, **more)


def settings_ack():
    return frame(Kind.SETTINGS, flags=ACK)


def push_promise(stream, promised, block, **more):
    return frame(Kind.PUSH_PROMISE, struct.pack(">I", promised) + _block(block), stream, END_HEADERS, **more)


def ping(payload=b"gladhand", ack=False, **more):
    return frame(Kind.PING, payload, flags=ACK * ack, **more)


def goaway(last=0, code=Code.NO_ERROR, debug=b"", **more):
    return frame(Kind.GOAWAY, struct.pack(">II", last, code) + debug, **more)


def window_update(stream, increment, **more):
    return frame(Kind.WINDOW_UPDATE, struct.pack(">I", increment), stream, **more)


def priority_update(prioritized, value=b"u=3, i", **more):
    return frame(Kind.PRIORITY_UPDATE, struct.pack(">I", prioritized) + value, **more)


def altsvc(stream=0, origin=b"https://a.test", value=b'h2=":443"', **more):
    return frame(Kind.ALTSVC, struct.pack(">H", len(origin)) + origin + value, stream, **more)


def unknown(stream=0, payload=b"whatever", flags=0xff, **more):
    return frame(Kind.UNKNOWN, payload, stream, flags, **more)


# ---- HPACK

INDEXED, PLAIN, NEVER = 0x40, 0x00, 0x10  # how a literal wants to be remembered


def _raw(text):
    return text.encode("latin-1") if isinstance(text, str) else text


def _block(block):
    return block if isinstance(block, bytes) else b"".join(literal(*field) for field in block)


def integer(value, prefix, first=0):
    """RFC 7541 section 5.1, behind the bits of `first`."""
    most = (1 << prefix) - 1
    if value < most:
        return bytes([first | value])
    encoded, value = bytearray([first | most]), value - most
    while value >= 128:
        encoded.append(value & 127 | 128)
        value >>= 7
    return bytes([*encoded, value])


def string(text):
    return integer(len(_raw(text)), 7) + _raw(text)


def literal(name, value, how=PLAIN):
    """A field whose name is spelled out too, without Huffman coding. `name` may be an index instead."""
    if isinstance(name, int):
        return integer(name, 6 if how == INDEXED else 4, how) + string(value)
    return bytes([how]) + string(name) + string(value)


def indexed(index):
    return integer(index, 7, 0x80)


def table_size(size):
    return integer(size, 5, 0x20)


FIRST_DYNAMIC = 62  # the index of the newest entry of the dynamic table
