"""Phases of a connection to a far upstream, or to a tunnel's far target, are what the capture says: within 1 ms or 2 %."""

import contextlib
import socket
import time

import pytest

from lab.case import Cases
from lab.judge import Row
from lab.link import FAR
from lab.peers import TLS_1_2, TLS_1_3, answer_later, answer_upgrade, far_tls, only, tunnelled_request, upgrade
from lab.rows import ANSWERED, ANSWERED_IN_CLEAR, COMPUTED, COMPUTED_TWICE, DIALLED, GIVEN_PLAIN, GIVEN_SECURE, INSIDE, SECURED, VERIFIED
from lab.stage import REQUEST
from support.h2 import Server
from support.h2_frames import headers
from support.http1 import response
from support.tls import SlowTls

CASES = Cases()


@CASES(DIALLED, GIVEN_PLAIN, ANSWERED_IN_CLEAR)
def a_plain_upstream(stage):
    stage.reverse(stage.far_origin())
    stage.near_request()


@CASES(DIALLED, GIVEN_PLAIN, ANSWERED_IN_CLEAR)
def a_slow_upstream(stage):
    stage.reverse(stage.far_origin(answer_later))
    stage.near_request()


def _in_pieces(request, wire):
    for piece in (b"HTTP/1.1 200 OK\r\nContent-", b"Length: 2\r\n\r\n", b"ok"):
        wire.send(piece)
        time.sleep(0.03)


@CASES(DIALLED, GIVEN_PLAIN, ANSWERED_IN_CLEAR)
def an_upstream_whose_head_comes_in_pieces(stage):
    stage.reverse(stage.far_origin(_in_pieces))
    stage.near_request()


@CASES(DIALLED, GIVEN_SECURE, SECURED, COMPUTED, VERIFIED, ANSWERED)
def an_upstream_of_tls_1_2(stage):
    origin, trust = far_tls(stage, TLS_1_2)
    stage.reverse(origin, **trust)
    stage.near_request()


@CASES(DIALLED, GIVEN_SECURE, SECURED, COMPUTED, VERIFIED, ANSWERED)
def an_upstream_of_tls_1_3(stage):
    origin, trust = far_tls(stage, answer=answer_later)
    stage.reverse(origin, **trust)
    stage.near_request()


@CASES(DIALLED, GIVEN_SECURE, SECURED, COMPUTED, ANSWERED)
def an_upstream_of_tls_1_2_that_resumes(stage):
    _resume(stage, TLS_1_2)


@CASES(DIALLED, GIVEN_SECURE, SECURED, COMPUTED, ANSWERED)
def an_upstream_of_tls_1_3_that_resumes(stage):
    _resume(stage, TLS_1_3)


def _resume(stage, version):
    """The first connection brings the ticket and ends; the second has no certificate to judge."""
    replies = iter([response(b"ok", "200 OK", "Connection: close"), response()])
    origin, trust = far_tls(stage, version, lambda request, wire: next(replies))
    stage.reverse(origin, **trust)
    stage.near_request()
    stage.begin()
    stage.near_request()


@CASES(DIALLED, GIVEN_SECURE, SECURED, COMPUTED_TWICE, VERIFIED, ANSWERED)
def an_upstream_that_wants_another_hello(stage):
    context = stage.authority.server_context(stage.authority.far)
    context.set_ecdh_curve("secp384r1")
    stage.reverse(stage.far_origin(tls=context), tls={"ca": str(stage.authority.ca_file)})
    stage.near_request()


@CASES(DIALLED, GIVEN_SECURE, SECURED, COMPUTED, VERIFIED, ANSWERED, dropped=1)
def a_syn_to_an_upstream_that_is_lost(stage):
    origin, trust = far_tls(stage)
    stage.reverse(origin, **trust)
    stage.link.drop("near", "syn")
    stage.near_request()


@CASES(DIALLED, GIVEN_PLAIN, ANSWERED_IN_CLEAR, dropped=1)
def a_syn_ack_of_an_upstream_that_is_lost(stage):
    stage.reverse(stage.far_origin())
    stage.link.drop("far", "syn")
    stage.near_request()


@CASES(DIALLED, GIVEN_SECURE, SECURED, COMPUTED, VERIFIED, ANSWERED, dropped=1)
def a_flight_of_an_upstream_that_is_lost(stage):
    origin, trust = far_tls(stage)
    stage.reverse(origin, **trust)
    stage.link.drop("far", "data")
    stage.near_request()


@CASES(DIALLED, GIVEN_PLAIN, [Row("upstream", "first_byte", "frames_request_end", "frames_response_end"),
                             Row("upstream", "h2_settings", "client_settings_end", "server_settings_end")])
def an_upstream_of_http_2_in_the_clear(stage):
    listener = stage.far.run(lambda: socket.create_server((FAR, 0)))

    def serve():
        with listener, contextlib.suppress(OSError):
            sock, _ = listener.accept()
            with Server(sock) as server:
                stream = server.whole_request()
                time.sleep(0.05)
                server.send(headers(stream.number, [(":status", "204")], end=True))
                server.read_to_end()
    stage.far.start(serve)
    stage.reverse(f"h2c://{FAR}:{listener.getsockname()[1]}")
    assert stage.near_request().status == 204


@CASES(DIALLED, GIVEN_PLAIN, ANSWERED_IN_CLEAR, [Row("upstream", "websocket_upgrade", "plain_request_end", "plain_response_end")])
def aanswer_upgrade_of_an_upstream(stage):
    stage.reverse(stage.far_origin(answer_upgrade))
    upgrade(stage)


def _forward_again(stage, origin):
    """The first target makes a Gladhand start its resolvers, which takes up to a millisecond between being asked and the SYN."""
    stage.forward()
    tunnelled_request(stage, origin)
    stage.begin()


@CASES(DIALLED, GIVEN_PLAIN, INSIDE, [Row("tunnel", "tcp", "syn", "syn_ack")])
def tls_inside_a_tunnel_to_a_far_target(stage):
    origin = stage.far_origin(tls=stage.authority.server_context(stage.authority.localhost))
    _forward_again(stage, origin)
    tunnelled_request(stage, origin)


# The client does not wait to be let through: its hello comes together with CONNECT, and so at the instant of the SYN. It counts
# from there, as it would for anybody who looks on at the client.
@CASES(DIALLED, GIVEN_PLAIN, [Row("tunnel", "tls", "syn", "client_finished"), Row("tunnel", "tcp", "syn", "syn_ack")])
def tls_inside_a_tunnel_that_is_not_there_yet(stage):
    origin = stage.far_origin(tls=stage.authority.server_context(stage.authority.localhost))
    _forward_again(stage, origin)
    target = origin.endpoint.removeprefix("https://")
    with stage.wire() as wire:
        client = SlowTls(None, only(TLS_1_3, stage.authority), wire=wire)
        wire.send(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode() + client.client_hello())
        assert wire.receive().startswith(b"HTTP/1.1 200")
        client.send(client.read_server_flight())
        client.finish()
        assert client.request(REQUEST).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("name", CASES)
def test_what_is_published_is_what_was_captured(stage, name):
    CASES.compare(stage, name)
