"""A proxy that was told to stop stops, whatever it was waiting for."""

import contextlib
import re
import select
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from support.http1 import Wire
from support.network import own_network, own_resolv_conf
from support.process import PROJECT, SLACK, eventually
from support.proxy import Proxy, configuration

SOON = 4 * SLACK  # seconds


class DeafNameServer:
    """Takes every question and answers none."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 53))
        self._asked = b""

    def is_asked_for(self, label):
        while select.select([self._socket], [], [], 0)[0]:
            self._asked += self._socket.recv(512)
        return label in self._asked

    def close(self):
        self._socket.close()


@pytest.fixture
def name_server(tmp_path):
    # Longer than any test waits: somebody who waits for an answer does not come back.
    with own_network(3), own_resolv_conf("nameserver 127.0.0.1\noptions timeout:30 attempts:5\n", tmp_path), \
            contextlib.closing(DeafNameServer()) as server:
        # A machine that has no address but its own loopback asks nobody.
        subprocess.run(["ip", "address", "add", "192.0.2.1/32", "dev", "lo"], check=True)
        yield server


def seconds_to_end(proxy, expected):
    """From now on."""
    begun = time.monotonic()
    assert proxy.wait() == expected, proxy.errors
    proxy.assert_no_report()
    return time.monotonic() - begun


def ask_for(proxy, label):
    wire = Wire.connect(proxy.http)
    wire.send(f"GET http://{label}.test/ HTTP/1.1\r\nHost: {label}.test\r\n\r\n")
    return wire


def ask_in_vain(proxy, name_server, label):
    """A client that waits for the answer of a host whose name is being looked up."""
    wire = ask_for(proxy, label)
    eventually(lambda: name_server.is_asked_for(label.encode()), "the name is looked up")
    return wire


@pytest.mark.parametrize("workers", [1, 2])
def test_a_name_that_is_looked_up_for_ever_does_not_hold_up_the_end(name_server, start, workers):
    proxy = start(forward={"allow": ["*"]}, server={"workers": workers})
    wires = [ask_in_vain(proxy, name_server, label) for label in ("one", "two")]
    wires.append(ask_for(proxy, "three"))  # for which there is no thread
    proxy.metrics_when(lambda m: m.received == 3)
    for wire in wires:
        wire.reset()
    proxy.signal(signal.SIGTERM)
    assert seconds_to_end(proxy, 0) < SOON
    assert sum(line["event"] == "exchange" for line in proxy.log_lines()) == 3, "the log is written out before the end"


def test_whoever_waits_for_such_a_name_is_cut_when_the_drain_timeout_is_over(name_server, start):
    proxy = start(forward={"allow": ["*"]}, server={"drain_timeout": "300ms"})
    with ask_in_vain(proxy, name_server, "one") as wire:
        proxy.signal(signal.SIGTERM)
        assert seconds_to_end(proxy, 4) < SOON
        assert wire.is_at_end()


def test_a_second_signal_while_it_ends_does_not_change_how_it_ends(name_server, start):
    proxy = start(forward={"allow": ["*"]})
    ask_in_vain(proxy, name_server, "one").reset()
    proxy.signal(signal.SIGTERM)
    eventually(lambda: "drained" in proxy.errors)
    time.sleep(0.2)  # the workers give what they have left behind a second
    assert proxy.is_running()
    numbers = [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGUSR1]
    for number in numbers:
        proxy.signal(number)
    # For as long as somebody listens to them that is as good; towards the very end nobody does.
    blocked = int(re.search(r"^SigBlk:\s*(\w+)", Path(f"/proc/{proxy.pid}/status").read_text(), re.M)[1], 16)
    assert all(blocked >> (number - 1) & 1 for number in numbers)
    assert seconds_to_end(proxy, 0) < SOON


# ---- plugins that do not come back

STUCK = """
#include "gladhand_plugin.h"
#include <stdio.h>
#include <unistd.h>

static gladhand_owned configure(const gladhand_host* host, gladhand_setup* setup, const gladhand_setting* settings, size_t count) {
  (void)host; (void)setup; (void)settings; (void)count;
  static int self;
  return &self;
}
static void wait_for_ever(void) {
  fputs("stuck\\n", stderr);
  while (1) pause();
}
static void destroy(gladhand_owned self) { fputs("destroyed\\n", stderr); *(volatile int*)self = 1; }
static int on_request_head(gladhand_owned self, gladhand_exchange* x, gladhand_owned* state) {
  (void)self; (void)x; (void)state;
  if (ASIDE) return GLADHAND_ASIDE;
  wait_for_ever();
  return GLADHAND_GO_ON;
}
static void aside(gladhand_owned self, gladhand_owned state) {
  (void)self; (void)state;
  wait_for_ever();
}
static const gladhand_plugin plugin = {
  .size = sizeof(gladhand_plugin), .abi = GLADHAND_ABI, .name = "stuck", .help = "Does not come back.",
  .configure = configure, .destroy = destroy, .on_request_head = on_request_head, .aside = aside,
};
GLADHAND_PLUGIN_ENTRY(stuck) { return &plugin; }
"""


@pytest.fixture
def stuck(tmp_path, origin):
    """`stuck(is_aside)`: a proxy with a request in a plugin that keeps it, on another thread or on the worker's own."""
    with contextlib.ExitStack() as stack:
        def stuck(is_aside):
            (tmp_path / "stuck.c").write_text(STUCK)
            subprocess.run(["gcc", "-shared", "-fPIC", f"-DASIDE={int(is_aside)}", "-I", PROJECT / "plugins" / "sdk", "-o", "stuck.so", "stuck.c"], cwd=tmp_path, check=True)
            text, ports, admin_port = configuration([{"upstream": "app", "plugins": ["stuck"]}], {"app": {"endpoints": [origin.endpoint]}}, server={"drain_timeout": "300ms"})
            proxy = Proxy(tmp_path, text + '[plugin.stuck]\npath = "stuck.so"\n', ports, admin_port)
            stack.callback(proxy.kill)
            proxy.wait_until_ready()
            wire = stack.enter_context(Wire.connect(proxy.http))
            wire.get()
            eventually(lambda: "stuck\n" in proxy.errors, "the plugin has the request")
            return proxy
        yield stuck


def test_a_plugin_whose_slow_work_never_ends_does_not_hold_up_the_end_and_is_not_destroyed_under_it(stuck):
    proxy = stuck(is_aside=True)
    proxy.signal(signal.SIGHUP)
    eventually(lambda: "was reloaded" in proxy.errors, "the plugin belongs to a configuration that is not in force any more")
    proxy.signal(signal.SIGTERM)
    assert seconds_to_end(proxy, 4) < SOON
    assert "destroyed" not in proxy.errors


def test_a_worker_that_does_not_turn_any_more_is_named_before_the_process_is_ended_without_it(stuck):
    proxy = stuck(is_aside=False)
    proxy.signal(signal.SIGTERM)
    assert proxy.wait() == 4
    line, = re.findall(r" error +(stopping has taken .*)", proxy.errors)
    assert re.match(r"stopping has taken \d+ ms and is not over: it waits for the workers; .* threads gladhand S .*worker 0 S ", line), line
