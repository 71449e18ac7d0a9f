"""A network namespace for this process, and for whom it starts meanwhile."""

import contextlib
import ctypes
import os
import subprocess
from pathlib import Path

import pytest

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
_FAST_OPEN = Path("/proc/sys/net/ipv4/tcp_fastopen")


@contextlib.contextmanager
def own_network(fast_open):
    """Loopback alone, with net.ipv4.tcp_fastopen as given. Threads that were started before stay where they are."""
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _libc.unshare(_CLONE_NEWNET):
            pytest.skip("no right to make a network namespace")
        try:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            _FAST_OPEN.write_text(str(fast_open))
            yield
        finally:
            _libc.setns(before, _CLONE_NEWNET)
    finally:
        os.close(before)
