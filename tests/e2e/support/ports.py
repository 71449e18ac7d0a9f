"""Ports on loopback that nobody has."""

import os
import socket

# Below the range from which the kernel takes the ports of outgoing connections: a port that is free now stays free.
_FIRST, _LAST = 20_000, 31_999
_next = _FIRST + os.getpid() * 61 % (_LAST - _FIRST)


def free_port():
    global _next
    while True:
        _next = _FIRST + (_next + 1 - _FIRST) % (_LAST - _FIRST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", _next))
                return _next
            except OSError:
                continue
