"""What passes a device, with the instants at which the kernel saw it: packet(7), SO_TIMESTAMPNS of socket(7)."""

import socket
import struct
import threading
import time
from dataclasses import dataclass

_ETH_P_ALL, _SO_TIMESTAMPNS, _SO_RCVBUFFORCE = 3, 35, 33
FIN, SYN, RST, ACK = 1, 2, 4, 16


@dataclass(frozen=True)
class Packet:
    at: int          # nanoseconds of the wall clock
    is_ours: bool    # this namespace sent it
    source: tuple    # (address, port)
    target: tuple
    sequence: int
    acknowledged: int
    flags: int
    payload: bytes


def _parse(at, is_ours, raw):
    """None unless it is TCP over IPv4."""
    if len(raw) < 40 or raw[0] >> 4 != 4 or raw[9] != 6:
        return None
    tcp = raw[(raw[0] & 15) * 4:int.from_bytes(raw[2:4], "big")]
    source, target, sequence, acknowledged = struct.unpack_from("!HHII", tcp)
    return Packet(at, is_ours, (socket.inet_ntoa(raw[12:16]), source), (socket.inet_ntoa(raw[16:20]), target), sequence,
                  acknowledged, tcp[13], tcp[(tcp[12] >> 4) * 4:])


class Capture:
    """Of a device in the namespace of the thread that makes it."""

    def __init__(self, device):
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind((device, 0))
        self._packets = []
        self._lock = threading.Lock()
        threading.Thread(target=self._run, daemon=True).start()

    def clear(self):
        with self._lock:
            self._packets = []

    def packets(self, quiet=0.1):
        """What has come since it was cleared, once nothing more has for so many seconds from now."""
        until = time.time() + quiet
        while (left := until - time.time()) > 0:
            time.sleep(left)
            with self._lock:
                seen = list(self._packets)
            if seen:
                until = max(until, seen[-1].at / 1e9 + quiet)
        return seen

    def close(self):
        self._socket.close()

    def _run(self):
        while True:
            try:
                raw, ancillary, _, address = self._socket.recvmsg(65536, 256)
            except OSError:
                return
            at, = [seconds * 10**9 + nanos for level, kind, data in ancillary if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS)
                   for seconds, nanos in [struct.unpack("qq", data)]]
            if packet := _parse(at, address[2] == socket.PACKET_OUTGOING, raw):
                with self._lock:
                    self._packets.append(packet)
