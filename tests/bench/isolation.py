"""A private network for the whole benchmark, and the CPUs of its two sides."""

import os
import subprocess
import sys
from pathlib import Path

LOAD_CPU = 0   # load generator and origin
PROXY_CPU = 1  # the proxy under test

_OUTSIDE = "GLADHAND_BENCH_OUTSIDE"  # the network namespace we were started in
_SYSCTLS = {
    # BBR paces: a bulk transfer over loopback would measure its timers.
    "net/ipv4/tcp_congestion_control": "reno",
    # A connection per request walks through tens of thousands of ports a second. All our
    # listeners are below 1024, so an outgoing connection never takes the port of one.
    "net/ipv4/ip_local_port_range": "1024 65000",
    "net/ipv4/tcp_tw_reuse": "1",
    "net/ipv4/tcp_max_syn_backlog": "65535",
    "net/core/somaxconn": "65535",
}


def enter():
    """Re-executes this program in a network namespace of its own; returns once inside it."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"  # where a user's PATH has no servers
    here = os.readlink("/proc/self/ns/net")
    if os.environ.get(_OUTSIDE, here) == here:
        as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
        os.environ[_OUTSIDE] = here
        os.execvp("unshare", ["unshare", "--net", *as_root, "--", sys.executable, *sys.argv])
    if not {LOAD_CPU, PROXY_CPU} <= os.sched_getaffinity(0):
        sys.exit(f"bench: needs CPUs {LOAD_CPU} and {PROXY_CPU}")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for name, value in _SYSCTLS.items():
        Path("/proc/sys", name).write_text(value)
    os.sched_setaffinity(0, {LOAD_CPU})  # inherited by whatever is not pinned elsewhere


def tcp_opens():
    """Connections opened so far in this network, by the generator and by the proxy alike."""
    lines = Path("/proc/net/snmp").read_text().splitlines()
    names, values = (line.split() for line in lines if line.startswith("Tcp:"))
    return int(values[names.index("ActiveOpens")])
