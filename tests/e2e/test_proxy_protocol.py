"""PROXY headers of those who send them: curl, and HAProxy in front of Gladhand."""

import shutil
import subprocess
import time

import pytest

from support.commands import curl
from support.http1 import Wire
from support.ports import free_port
from support.process import eventually, milliseconds, prepare_child

FROM_HERE = {"proxy_protocol": "127.0.0.0/8"}
HAPROXY = shutil.which("haproxy") or "/usr/sbin/haproxy"


class Haproxy:
    """A balancer of TCP connections, one server behind it, which it reaches with `options`."""

    def __init__(self, directory, port, options):
        self.port = free_port()
        (directory / "haproxy.cfg").write_text(
            "defaults\n mode tcp\n timeout connect 5s\n timeout client 10s\n timeout server 10s\n"
            f"frontend front\n bind 127.0.0.1:{self.port}\n default_backend back\n"
            f"backend back\n server gladhand 127.0.0.1:{port} {options}\n")
        self._child = subprocess.Popen([HAPROXY, "-db", "-f", directory / "haproxy.cfg"], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=prepare_child())

    def close(self):
        self._child.kill()
        self._child.wait()


@pytest.fixture
def haproxy(start):
    """`haproxy(port, options)`"""
    if not shutil.which(HAPROXY):
        pytest.skip("HAProxy is not installed")
    running = []

    def begin(port, options):
        running.append(Haproxy(start.directory(), port, options))
        return running[-1]
    yield begin
    for one in running:
        one.close()


@pytest.mark.parametrize("listener, options", [("http", []), ("https", []), ("http", ["--http2-prior-knowledge"]), ("https", ["--http2"])])
def test_curl_says_who_it_is(start, origin, authority, listener, options):
    proxy = start(origin, tls=True, listener=FROM_HERE)
    got = curl("--haproxy-protocol", "--cacert", authority.ca_file, *options, proxy.url(listener=listener))
    assert got.text == "ok", got.errors
    client = proxy.log_lines(1)[0]["client"]
    assert client["tcp_peer"] == client["peer"], "it is nobody's proxy"
    assert client["proxy_protocol"] >= 0
    assert proxy.idle_metrics(1).count("proxy_protocol", listener=listener) == 1


def test_curl_without_a_header_is_shut_out_and_counted(start, origin, authority):
    proxy = start(origin, tls=True, listener=FROM_HERE)
    assert curl("--cacert", authority.ca_file, proxy.url(listener="https")).status != 0
    assert curl(proxy.url()).status != 0
    m = proxy.metrics_when(lambda m: m.ended(side="client") == 2)
    assert m.ended(result="missing_proxy_header", stage="connected") == m.attempts(side="client") == 2
    assert not any(value for name, _, value in m.series if name == "gladhand_client_handshake_seconds_count"), "no sample of a failure"
    assert [line["result"] for line in proxy.log_lines(2)] == ["missing_proxy_header"] * 2
    assert not origin.requests


def test_a_header_from_elsewhere_is_none(start, origin):
    proxy = start(origin, listener={"proxy_protocol": ["10.0.0.0/8"]})
    assert curl(proxy.url()).text == "ok"
    assert curl("--haproxy-protocol", proxy.url()).text != "ok"
    assert len(origin.requests) == 1


def test_a_header_that_does_not_come_is_not_waited_for_longer_than_for_a_handshake(start, origin):
    proxy = start(origin, listener={**FROM_HERE, "timeouts": {"handshake": milliseconds(300)}})
    begun = time.monotonic()
    with Wire.connect(proxy.http) as wire:
        wire.send("PROXY TCP4 192.0.2.7")
        assert wire.receive() == b""
    assert time.monotonic() - begun >= 0.25
    assert proxy.log_lines(1)[0]["result"] == "proxy_header_timeout"


@pytest.mark.parametrize("options", ["send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c,unique-id", "send-proxy-v2-ssl-cn"])
@pytest.mark.parametrize("listener", ["http", "https"])
def test_behind_haproxy_the_client_is_who_it_was_there(start, origin, authority, haproxy, options, listener):
    proxy = start(origin, tls=True, listener=FROM_HERE)
    balancer = haproxy(proxy.ports[listener], options)
    # From an address of this machine that HAProxy does not have itself.
    arguments = ("--interface", "127.0.0.9", "--cacert", authority.ca_file, f"{listener}://localhost:{balancer.port}/")
    eventually(lambda: curl(*arguments).text == "ok", "HAProxy is there")
    assert origin.last.fields.get("X-Forwarded-For") == "127.0.0.9"
    assert origin.last.fields.get("Forwarded").startswith("for=127.0.0.9;")
    client = proxy.log_lines(1)[-1]["client"]
    assert client["peer"].startswith("127.0.0.9:") and client["tcp_peer"].startswith("127.0.0.1:")


def test_haproxys_health_checks_are_clients_of_its_own(start, origin, haproxy):
    proxy = start(origin, listener=FROM_HERE)
    haproxy(proxy.http, "send-proxy-v2 check check-send-proxy inter 50ms")
    line = proxy.log_lines(3)[-1]
    assert line["result"] == "ok"
    assert line["client"]["peer"].startswith("127.0.0.1:") and "tcp_peer" not in line["client"]
    assert proxy.metrics().failures(side="client") == 0
