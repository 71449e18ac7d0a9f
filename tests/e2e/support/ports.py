"""Ports on loopback that nobody has."""

import os
import socket
from collections import deque

# Below the range from which the kernel takes the ports of outgoing connections: a port that is free now stays free.
_FIRST, _LAST = 20_000, 31_999
_next = _FIRST + os.getpid() * 61 % (_LAST - _FIRST)

# Tests run in several processes at once, and a port that one has found stands free until its server is up. What they all
# see is a UDP socket of the same number: nothing else here uses UDP, and it goes with its process.
_taken = deque(maxlen=200)


def free_port():
    global _next
    while True:
        _next = _FIRST + (_next + 1 - _FIRST) % (_LAST - _FIRST)
        mark = socket.socket(type=socket.SOCK_DGRAM)
        with socket.socket() as probe:
            try:
                mark.bind(("127.0.0.1", _next))
                probe.bind(("127.0.0.1", _next))
            except OSError:
                mark.close()
                continue
        _taken.append(mark)
        return _next
