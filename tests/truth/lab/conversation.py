"""One TCP connection as it was captured, and the instants in it by which a phase is judged.

An instant is the one at which the namespace of Gladhand saw it: bytes that it sends count from when they first left, bytes
that come from when they and all before them were there; data in a SYN is there if it was taken. Names that end in `_end` mean
a last byte, others a first one.
TLS is known by its record headers (RFC 8446 section 5.1) and by what hellos say in the clear.
"""

import hashlib
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cached_property

from .capture import ACK, FIN, RST, SYN

_CHANGE_CIPHER_SPEC, _HANDSHAKE, _APPLICATION_DATA = 20, 22, 23
_SEALED_ALERT = 2 + 1 + 16  # bytes of it in TLS 1.3, by which it is told from other application data
_CLIENT_HELLO, _SERVER_HELLO = 1, 2
_RETRY = hashlib.sha256(b"HelloRetryRequest").digest()  # in the place of the random value: RFC 8446 section 4.1.3
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _SETTINGS, _GOAWAY = 0, 1, 4, 7
_SETTINGS_ACK = _END_STREAM = 1  # flags


@dataclass(frozen=True)
class Record:
    kind: int
    size: int
    hello: int | None  # the handshake message, if it is a hello in the clear
    is_retry: bool
    at: int            # its first byte
    end: int           # its last


@dataclass(frozen=True)
class Frame:
    kind: int
    flags: int
    end: int


class Half:
    """What one end sent."""

    def __init__(self, packets):
        self.syns = [packet.at for packet in packets if packet.flags & SYN]
        self.acknowledgements = [packet.at for packet in packets if packet.flags & ACK and not packet.flags & SYN]
        self.ends = [packet.at for packet in packets if packet.flags & (FIN | RST)]
        self.payload = b""
        self._reached, self._at = [], []  # so many bytes of it were there, at that instant
        self._put_in_order(packets)

    def _put_in_order(self, packets):
        begin = next(packet.sequence for packet in packets if packet.flags & SYN) + 1
        early = {}
        for packet in packets:
            if not packet.payload:
                continue
            early[(packet.sequence + bool(packet.flags & SYN) - begin) % 2**32] = packet.payload
            before = len(self.payload)
            for offset in sorted(early):
                if offset <= len(self.payload):
                    self.payload += early.pop(offset)[len(self.payload) - offset:]
            if len(self.payload) > before:
                self._reached.append(len(self.payload))
                self._at.append(packet.at)

    def at(self, offset):
        """When that byte was there."""
        return self._at[bisect_right(self._reached, offset)]

    def last_before(self, instant):
        """When the last byte came that came before that."""
        return max(at for at in self._at if at < instant)

    @cached_property
    def proxy_header_size(self):
        """Of the PROXY header, version 1, that it begins with, 0 if there is none."""
        return self.payload.find(b"\r\n") + 2 if self.payload.startswith(b"PROXY ") else 0

    @cached_property
    def head_size(self):
        """Of the HTTP/1.1 head in the clear that it begins with, and the PROXY header before it; 0 if there is none."""
        begin = self.proxy_header_size
        return self.payload.find(b"\r\n\r\n", begin) + 4 if self.payload[begin:begin + 1].isalpha() else begin

    @cached_property
    def records(self):
        """Of TLS; behind a head in the clear, those inside the tunnel that it opened."""
        found, offset = [], self.head_size
        while offset + 5 < len(self.payload):
            kind, size = self.payload[offset], int.from_bytes(self.payload[offset + 3:offset + 5], "big")
            body = self.payload[offset + 5:offset + 5 + size]
            if len(body) < size:
                break
            is_whole = int.from_bytes(body[1:4], "big") + 4 <= size
            is_hello = kind == _HANDSHAKE and body[0] in (_CLIENT_HELLO, _SERVER_HELLO) and is_whole
            found.append(Record(kind, size, body[0] if is_hello else None, body[6:38] == _RETRY,
                                self.at(offset), self.at(offset + 4 + size)))
            offset += 5 + size
        return found

    def hellos(self, kind):
        return [record for record in self.records if record.hello == kind]

    @property
    def encrypted_handshake(self):
        """Of TLS 1.2, which hides the Finished alone; TLS 1.3 hides all of it among the application data. None: not there."""
        kinds = [record.kind for record in self.records]
        if _CHANGE_CIPHER_SPEC not in kinds:
            return None
        later = self.records[kinds.index(_CHANGE_CIPHER_SPEC):]
        return next((record for record in later if record.kind == _HANDSHAKE and record.hello is None), None)

    @property
    def application_data(self):
        return [record for record in self.records if record.kind == _APPLICATION_DATA and record.size != _SEALED_ALERT]

    @cached_property
    def frames(self):
        """Of HTTP/2 in the clear."""
        found, offset = [], len(_PREFACE) if self.payload.startswith(_PREFACE) else 0
        while offset + 9 <= len(self.payload):
            size = 9 + int.from_bytes(self.payload[offset:offset + 3], "big")
            if offset + size > len(self.payload):
                break
            found.append(Frame(self.payload[offset + 3], self.payload[offset + 4], self.at(offset + size - 1)))
            offset += size
        return found

    def settings_end(self, flags):
        return next(frame.end for frame in self.frames if (frame.kind, frame.flags) == (_SETTINGS, flags))


class Conversation:
    """Between `client`, which began it, and `server`."""

    def __init__(self, packets):
        """Of one connection, in the order in which they were captured; the first is a SYN."""
        self.is_ours = packets[0].is_ours  # Gladhand is the client
        client = [packet for packet in packets if packet.source == packets[0].source]
        server = [packet for packet in packets if packet.source == packets[0].target]
        # Data came in the SYN, and was not taken.
        self.is_refused = not self.is_ours and bool(client[0].payload) and server[0].acknowledged == (client[0].sequence + 1) % 2**32
        self.client = Half([replace(client[0], payload=b""), *client[1:]] if self.is_refused else client)
        self.server = Half(server)

    # ---- TCP
    @property
    def syn(self):
        return self.client.syns[0]

    @property
    def syn_ack(self):
        return self.server.syns[0]

    @property
    def ack(self):
        return self.client.acknowledgements[0]

    @property
    def retransmits(self):
        """Of the SYN or SYN-ACK of Gladhand. A SYN-ACK that is lost is sent twice more if the SYN comes again, too, at that time."""
        return len((self.client if self.is_ours else self.server).syns) - 1

    @property
    def close(self):
        """The first that either said of its end."""
        return min(self.client.ends[0], self.server.ends[0])

    @property
    def close_end(self):
        """The first that the other said of its own."""
        return max(self.client.ends[0], self.server.ends[0])

    @property
    def closer(self):
        """The end of the link that closed first."""
        return "near" if (self.client.ends[0] < self.server.ends[0]) == self.is_ours else "far"

    @property
    def proxy_header_end(self):
        return self.client.at(self.client.proxy_header_size - 1)

    # ---- TLS
    @property
    def client_hello(self):
        return self.client.hellos(_CLIENT_HELLO)[0].at

    @property
    def client_hello_end(self):
        """Of the last one: there are two where the first had to be repeated."""
        return self.client.hellos(_CLIENT_HELLO)[-1].end

    @property
    def first_client_hello_end(self):
        return self.client.hellos(_CLIENT_HELLO)[0].end

    @property
    def retry(self):
        return next(record.end for record in self.server.hellos(_SERVER_HELLO) if record.is_retry)

    @property
    def server_hello_end(self):
        return next(record.end for record in self.server.hellos(_SERVER_HELLO) if not record.is_retry)

    @property
    def server_flight_end(self):
        """The last byte of the server before the client answers its hello."""
        said = self.client.records
        answer = said[said.index(self.client.hellos(_CLIENT_HELLO)[-1]) + 1]
        return self.server.last_before(answer.at)

    @property
    def _client_finished(self):
        return self.client.encrypted_handshake or self.client.application_data[0]

    @property
    def client_finished(self):
        return self._client_finished.at

    @property
    def client_finished_end(self):
        return self._client_finished.end

    @property
    def server_finished_end(self):
        finished = self.server.encrypted_handshake
        return finished.end if finished else self.server_flight_end

    @property
    def secured(self):
        """Both have said that they are done. What a client has to ask at once leaves together with its Finished."""
        return max(self.client_finished_end, self.server_finished_end)

    # ---- what the connection is for
    @property
    def _request(self):
        """The first record of the client behind its Finished."""
        return self.client.application_data[0 if self.client.encrypted_handshake else 1]

    @property
    def request(self):
        return self._request.at

    @property
    def request_end(self):
        return self._request.end

    @property
    def response_end(self):
        """The last record of the server. Tickets come before it."""
        return self.server.application_data[-1].end

    @property
    def plain_request_end(self):
        return self.client.at(self.client.head_size - 1)

    @property
    def plain_response_end(self):
        return self.server.at(self.server.head_size - 1)

    # ---- HTTP/2 in the clear
    @property
    def client_settings_end(self):
        return self.client.settings_end(0)

    @property
    def server_settings_end(self):
        return self.server.settings_end(0)

    @property
    def client_settings_ack_end(self):
        return self.client.settings_end(_SETTINGS_ACK)

    @property
    def client_goaway_end(self):
        return next(frame.end for frame in self.client.frames if frame.kind == _GOAWAY)

    @property
    def last_stream_end(self):
        return [frame.end for frame in self.server.frames if frame.kind in (_DATA, _HEADERS) and frame.flags & _END_STREAM][-1]

    @property
    def frames_request_end(self):
        return next(frame.end for frame in self.client.frames if frame.kind == _HEADERS)

    @property
    def frames_response_end(self):
        return next(frame.end for frame in self.server.frames if frame.kind == _HEADERS)


def conversations(packets):
    """Each connection whose beginning was captured, in the order of their beginnings."""
    groups = {}
    for packet in packets:
        key = frozenset((packet.source, packet.target))
        if key in groups or packet.flags & (SYN | ACK) == SYN:
            groups.setdefault(key, []).append(packet)
    return [Conversation(group) for group in groups.values()]
