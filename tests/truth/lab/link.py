"""The link between this namespace, in which Gladhand runs, and a far one: see delaying_link.cc."""

import fcntl
import os
import struct
import subprocess

from support.process import BINARY, prepare_child

from .namespace import write_sysctl

NEAR, FAR = "198.18.0.1", "198.18.0.2"  # of the range for measurements (RFC 2544)
DEVICE = "link"                         # in both namespaces
DELAY = 0.020                           # seconds, one way, unless a test says otherwise

_PROGRAM = BINARY.with_name("delaying_link")
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454ca, 0x0001, 0x1000


def open_device():
    """A TUN device in the namespace of this thread; it goes with the descriptor."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("16sH22x", DEVICE.encode(), _IFF_TUN | _IFF_NO_PI))
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _furnish(address, peer):
    """Gives the namespace of this thread its device and the settings that the tests rely on. Returns the device."""
    write_sysctl("net.ipv6.conf.default.disable_ipv6", 1)
    descriptor = open_device()
    for words in (["link", "set", "dev", "lo", "up"], ["addr", "add", address, "peer", peer, "dev", DEVICE],
                  ["link", "set", "dev", DEVICE, "up"]):
        subprocess.run(["ip", *words], check=True)
    write_sysctl("net.ipv4.tcp_no_metrics_save", 1)  # no case lives on what an earlier one has learnt of the path
    return descriptor


class Link:
    def __init__(self, far):
        """Joins the namespace of this thread to `far`."""
        ends = _furnish(NEAR, FAR), far.run(lambda: _furnish(FAR, NEAR))
        self._child = subprocess.Popen([_PROGRAM, *map(str, ends)], pass_fds=ends, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       text=True, preexec_fn=prepare_child())
        for end in ends:
            os.close(end)
        self.delay(DELAY)

    def close(self):
        self._child.stdin.close()
        self._child.wait()

    def delay(self, seconds):
        """One way, from now on."""
        assert self._tell(f"delay {round(seconds * 1e6)}") == "ok"

    def drop(self, sender, kind, nth=1):
        """Loses the nth packet of that kind ("syn", "ack", "data", "fin" or "reset") that "near" or "far" sends from now on."""
        assert self._tell(f"drop {sender} {kind} {nth}") == "ok"

    def dropped(self):
        """How many were lost since the last such question, which also withdraws the orders that are left."""
        return int(self._tell("dropped"))

    def _tell(self, command):
        self._child.stdin.write(command + "\n")
        self._child.stdin.flush()
        return self._child.stdout.readline().strip()
