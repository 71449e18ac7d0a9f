#!/usr/bin/python3
"""What keeps the handshakes from being captured here: one line and exit status 1, or nothing and 0."""

import os
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from lab.link import open_device  # noqa: E402
from lab.namespace import Namespace, write_sysctl  # noqa: E402


def obstacle():
    """None: there is none."""
    trying = "a network namespace"
    try:
        there = Namespace()
        trying = "a TUN device in it"
        there.run(lambda: os.close(open_device()))
        trying = "a packet socket in it"
        there.run(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM).close())
        trying = "a setting of its TCP"
        there.run(lambda: write_sysctl("net.ipv4.tcp_no_metrics_save", 1))
    except OSError as error:
        return f"{trying} is not to be had: {error}"
    there.close()
    return None


if __name__ == "__main__":
    if reason := obstacle():
        print(reason)
        sys.exit(1)
