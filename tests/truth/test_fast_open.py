"""TCP Fast Open (RFC 7413): what the first flight has to say rides in the SYN, under a cookie of an earlier visit."""

import socket
import subprocess
from dataclasses import replace

import pytest

from lab.case import Cases
from lab.judge import JIFFY, Row
from lab.link import NEAR
from lab.namespace import write_sysctl
from lab.peers import TLS_1_3, far_tls, only
from lab.rows import ANSWERED, ASKED, COMPUTED, DIALLED, GIVEN_SECURE, SECURED, SHAKEN, VERIFIED, WITHHELD
from lab.stage import REQUEST
from support.http1 import Wire, response
from support.tls import SlowTls

CASES = Cases()


def _allow_fast_open(stage):
    write_sysctl("net.ipv4.tcp_fastopen", 3)
    stage.far.run(lambda: write_sysctl("net.ipv4.tcp_fastopen", 3))


def _forget_cookies():
    subprocess.run(["ip", "tcp_metrics", "flush"], check=True)


def _fast_request(stage):
    """With the ClientHello in the SYN, if there is a cookie."""
    def go():
        sock = socket.socket()
        wire = Wire(sock)
        sock.settimeout(None)  # who must not wait, sends no data without a cookie
        with SlowTls(None, only(TLS_1_3, stage.authority), wire=wire) as client:
            sock.sendto(client.client_hello(), socket.MSG_FASTOPEN, (NEAR, stage.proxy.https))
            client.send(client.read_server_flight())
            client.finish()
            assert client.request(REQUEST).startswith(b"HTTP/1.1 200")
    stage.far.run(go)


SHAKEN_FAST = [Row("client", "client_hello_wait", "syn", "client_hello"), *(row for row in SHAKEN if row.phase != "client_hello_wait")]


# There is no bare ACK either, so that even without a cookie the round trip is withheld.
@CASES(WITHHELD, SHAKEN, ASKED, degraded=1)
def a_fast_client_without_a_cookie(stage):
    _allow_fast_open(stage)
    stage.far.run(_forget_cookies)
    stage.reverse(stage.near_origin(), listener={"fast_open": 16})
    _fast_request(stage)


@CASES([Row("client", "accept_wait", "syn", "syn", grain=JIFFY)], SHAKEN_FAST, ASKED, degraded=1, in_syn=True, fast_open="accepted")
def a_fast_client(stage):
    _allow_fast_open(stage)
    stage.reverse(stage.near_origin(), listener={"fast_open": 16})
    _fast_request(stage)
    stage.begin()
    _fast_request(stage)


# Its hello leaves once more with its ACK, so that there is no bare one. It counts from then: what came in the SYN, nobody has read.
@CASES(WITHHELD, SHAKEN, ASKED, degraded=1, refused=True)
def a_fast_client_with_a_cookie_of_another_key(stage):
    _allow_fast_open(stage)
    for key in "1" * 32, "2" * 32:
        stage.reverse(stage.near_origin(), listener={"fast_open": 16, "fast_open_key": stage.file("key", key)})
        _fast_request(stage)


def _before_fast_upstream(stage, has_cookie=True):
    """A Gladhand that has a cookie of the origin, which is returned, and a session to resume."""
    _allow_fast_open(stage)
    _forget_cookies()
    origin, trust = far_tls(stage, answer=lambda request, wire: response(b"ok", "200 OK", "Connection: close"), fast_open=b"k" * 16)
    stage.reverse(origin, fast_open=True, **trust)
    if has_cookie:
        stage.near_request()
        stage.begin()
    return origin


# Who asks the pool waits for the making of the ClientHello, too, which no packet tells of: the SYN takes it along.
HELLO = 1_000  # microseconds
FAST_ROWS = [DIALLED, [replace(row, grain=HELLO) for row in GIVEN_SECURE], SECURED, COMPUTED, ANSWERED]


@CASES(*FAST_ROWS, VERIFIED, fast_open="no_cookie")
def a_fast_upstream_without_a_cookie(stage):
    _before_fast_upstream(stage, has_cookie=False)
    stage.near_request()


@CASES(*FAST_ROWS, in_syn=True, fast_open="accepted")
def a_fast_upstream(stage):
    _before_fast_upstream(stage)
    stage.near_request()


@CASES(*FAST_ROWS, in_syn=True, fast_open="not_acknowledged")
def a_fast_upstream_that_has_changed_its_key(stage):
    _before_fast_upstream(stage).use_key(b"K" * 16)
    stage.near_request()


@CASES(*FAST_ROWS, dropped=1, in_syn=True, fast_open="syn_retransmitted")
def a_fast_syn_to_an_upstream_that_is_lost(stage):
    _before_fast_upstream(stage)
    stage.link.drop("near", "syn")
    stage.near_request()


@pytest.mark.parametrize("name", CASES)
def test_what_is_published_is_what_was_captured(stage, name):
    CASES.compare(stage, name)
