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


_CLONE_NEWNS = 0x00020000
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000


@contextlib.contextmanager
def own_resolv_conf(text, directory):
    """Whoever is started meanwhile asks the name servers that the text names."""
    made = Path(directory) / "resolv.conf"
    made.write_text(text)
    before = os.open("/proc/thread-self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    here = os.getcwd()
    try:
        if _libc.unshare(_CLONE_NEWNS):
            pytest.skip("no right to make a mount namespace")
        try:
            for what in ((None, b"/", None, _MS_REC | _MS_PRIVATE, None),
                         (bytes(made), b"/etc/resolv.conf", None, _MS_BIND, None)):
                assert _libc.mount(*what) == 0, os.strerror(ctypes.get_errno())
            yield
        finally:
            _libc.setns(before, _CLONE_NEWNS)
            os.chdir(here)
    finally:
        os.close(before)
