"""Phases of a far client's connection are what the capture says: within 1 ms or 2 %.

To compare another phase, add its row to the cases that have it. A side that has rows must have one for each of its phases.
"""

import time

import pytest

from lab.case import Cases
from lab.judge import JIFFY, Row
from lab.link import FAR, NEAR
from lab.peers import TLS_1_2, TLS_1_3, answer_later, answer_upgrade, only, tunnelled_request, upgrade
from lab.rows import (
    ACCEPTED, ASKED, ASKED_BEHIND, ASKED_IN_CLEAR, CLOSED, INSIDE, PROXIED, RETRIED, SHAKEN, SHAKEN_1_2, SHAKEN_BEHIND, SHAKEN_TWICE,
    WITHHELD)
from lab.stage import REQUEST
from support.h2 import Client
from support.h2_frames import goaway
from support.tls import SlowTls

CASES = Cases()


@CASES(ACCEPTED, ASKED_IN_CLEAR)
def a_plain_request(stage):
    stage.reverse(stage.near_origin())
    stage.far_request(before_request=0.03)


@CASES(ACCEPTED, ASKED_IN_CLEAR)
def a_head_in_two_pieces(stage):
    stage.reverse(stage.near_origin())

    def go():
        with stage.wire() as wire:
            wire.send(REQUEST[:20])
            time.sleep(0.05)
            wire.send(REQUEST[20:])
            assert wire.read_response().status == 200
    stage.far.run(go)


@CASES(ACCEPTED, SHAKEN_1_2, ASKED)
def tls_1_2(stage):
    stage.reverse(stage.near_origin())
    stage.far_tls_request(only(TLS_1_2, stage.authority))


@CASES(ACCEPTED, SHAKEN, ASKED)
def tls_1_2_resumed(stage):
    stage.reverse(stage.near_origin())
    context = only(TLS_1_2, stage.authority)
    session = stage.far_tls_request(context)
    stage.begin()
    stage.far_tls_request(context, session=session)


@CASES(ACCEPTED, SHAKEN, ASKED)
def tls_1_3(stage):
    stage.reverse(stage.near_origin())
    stage.far_tls_request(only(TLS_1_3, stage.authority))


@CASES(ACCEPTED, SHAKEN, ASKED)
def tls_1_3_from_far_away(stage):
    stage.delay(0.12)
    stage.reverse(stage.near_origin())
    stage.far_tls_request(only(TLS_1_3, stage.authority))


@CASES(ACCEPTED, SHAKEN, ASKED)
def tls_1_3_resumed(stage):
    stage.reverse(stage.near_origin())
    context = only(TLS_1_3, stage.authority)
    session = stage.far_tls_request(context)
    stage.begin()
    stage.far_tls_request(context, session=session)


@CASES(ACCEPTED, SHAKEN_TWICE, RETRIED, ASKED)
def a_hello_retry_request(stage):
    stage.reverse(stage.near_origin())
    got = stage.far_command("openssl", "s_client", "-quiet", "-groups", "P-521:P-256", "-connect", f"{NEAR}:{stage.proxy.https}",
                            stdin=REQUEST.encode())
    assert got.output.startswith(b"HTTP/1.1 200")


@CASES(ACCEPTED, SHAKEN, ASKED, [Row("client", "h2_preface", "secured", "request_end")])
def curl_over_http_2(stage):
    stage.reverse(stage.near_origin())
    got = stage.far_command("curl", "-q", "--silent", "--show-error", "--http2", "--cacert", stage.authority.ca_file, "--resolve",
                            f"localhost:{stage.proxy.https}:{NEAR}", stage.proxy.url(listener="https"))
    assert got.output == b"ok"


@CASES(ACCEPTED, SHAKEN, ASKED)
def a_client_that_waits_between_its_flights(stage):
    stage.reverse(stage.near_origin())
    stage.far_tls_request(only(TLS_1_3, stage.authority), before_hello=0.15, before_finished=0.09, before_request=0.06)


@CASES(ACCEPTED, SHAKEN_1_2, ASKED)
def a_client_of_tls_1_2_that_waits_between_its_flights(stage):
    stage.reverse(stage.near_origin())
    stage.far_tls_request(only(TLS_1_2, stage.authority), before_hello=0.15, before_finished=0.09, before_request=0.06)


@CASES(ACCEPTED, SHAKEN, ASKED)
def a_hello_in_two_pieces(stage):
    stage.reverse(stage.near_origin())

    def go():
        with SlowTls(None, only(TLS_1_3, stage.authority), wire=stage.wire("https")) as client:
            hello = client.client_hello()
            client.send(hello[:50])
            time.sleep(0.07)
            client.send(hello[50:])
            client.send(client.read_server_flight())
            client.finish()
            client.request(REQUEST)
    stage.far.run(go)


BALANCERS = {"proxy_protocol": [f"{FAR}/32"]}
PROXY_HEADER = "PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\n"


@CASES(ACCEPTED, PROXIED, ASKED_BEHIND)
def a_plain_request_behind_a_proxy_header(stage):
    stage.reverse(stage.near_origin(), listener=BALANCERS)

    def go():
        with stage.wire() as wire:
            time.sleep(0.05)
            wire.send(PROXY_HEADER)
            time.sleep(0.07)
            wire.send(REQUEST)
            assert wire.read_response().status == 200
    stage.far.run(go)


@CASES(ACCEPTED, PROXIED, SHAKEN_BEHIND, ASKED)
def tls_behind_a_proxy_header_in_two_pieces(stage):
    stage.reverse(stage.near_origin(), listener=BALANCERS)

    def go():
        wire = stage.wire("https")
        wire.send(PROXY_HEADER[:10])
        time.sleep(0.05)
        wire.send(PROXY_HEADER[10:])
        with SlowTls(None, only(TLS_1_3, stage.authority), wire=wire) as client:
            client.shake_hands(before_hello=0.07)
            assert client.request(REQUEST).startswith(b"HTTP/1.1 200")
    stage.far.run(go)


@CASES(ACCEPTED, SHAKEN, ASKED, dropped=1)
def a_syn_that_is_lost(stage):
    stage.reverse(stage.near_origin())
    stage.link.drop("far", "syn")
    stage.far_tls_request(only(TLS_1_3, stage.authority))


@CASES(WITHHELD, SHAKEN, ASKED, dropped=1, degraded=1)
def a_syn_ack_that_is_lost(stage):
    stage.reverse(stage.near_origin())
    stage.link.drop("near", "syn")
    stage.far_tls_request(only(TLS_1_3, stage.authority))


@CASES(ACCEPTED, SHAKEN, ASKED, dropped=1)
def a_client_hello_that_is_lost(stage):
    stage.reverse(stage.near_origin())
    stage.link.drop("far", "data")
    stage.far_tls_request(only(TLS_1_3, stage.authority))


@CASES(ACCEPTED, SHAKEN, ASKED, dropped=1)
def a_server_flight_that_is_lost(stage):
    stage.reverse(stage.near_origin())
    stage.link.drop("near", "data")
    stage.far_tls_request(only(TLS_1_3, stage.authority))


@CASES(ACCEPTED, SHAKEN, ASKED, dropped=1)
def a_finished_that_is_lost(stage):
    stage.reverse(stage.near_origin())
    stage.link.drop("far", "data", nth=2)
    stage.far_tls_request(only(TLS_1_2, stage.authority))


@CASES(ACCEPTED, [Row("client", "first_request", "ack", "frames_request_end"),
                 Row("client", "h2_preface", "ack", "client_settings_end"),
                 Row("client", "h2_settings", "server_settings_end", "client_settings_ack_end")])
def http_2_in_the_clear(stage):
    stage.reverse(stage.near_origin())

    def go():
        with Client(stage.wire().sock) as client:
            time.sleep(0.05)
            client.greet()
            client.acknowledged()
            client.settle()
            time.sleep(0.03)
            assert client.get().status == 200
    stage.far.run(go)


@CASES(ACCEPTED, [Row("client", "first_request", "ack", "frames_request_end"),
                 Row("client", "h2_preface", "ack", "client_settings_end"),
                 Row("client", "h2_settings", "server_settings_end", "client_settings_ack_end"),
                 Row("client", "h2_drain", "client_goaway_end", "last_stream_end", in_log=False)])
def http_2_that_its_client_wants_no_more_of(stage):
    stage.reverse(stage.near_origin(answer_later))

    def go():
        with Client(stage.wire().sock) as client:
            client.greet()
            client.acknowledged()
            client.settle()
            asked = client.request()
            time.sleep(0.02)
            client.send(goaway())
            assert client.response(asked).status == 200
    stage.far.run(go)


@CASES(ACCEPTED, ASKED_IN_CLEAR, CLOSED, closer="far")
def a_client_that_closes(stage):
    stage.reverse(stage.near_origin())

    def go():
        with stage.wire() as wire:
            wire.get()
            wire.read_response()
            time.sleep(0.05)
    stage.far.run(go)


def _half_close(stage, before_end=0):
    stage.reverse(stage.near_origin(answer_later))

    def go():
        with stage.wire() as wire:
            wire.get()
            time.sleep(before_end)
            wire.half_close()
            assert wire.receive_all().endswith(b"ok")
    stage.far.run(go)


@CASES(ACCEPTED, ASKED_IN_CLEAR, CLOSED, closer="far")
def a_client_that_closes_its_half_and_waits(stage):
    _half_close(stage, before_end=0.04)


# A new connection that waits for its first answer may not be watched for a while: when an end came that is there by then,
# nobody has seen, and nothing is published. Where the request was seen to come, the connection is watched, and the end is seen.
@CASES(ACCEPTED, ASKED_IN_CLEAR, [Row("client", "close", "close", "close_end", in_log=False, may_be_withheld=True)], closer="far")
def a_client_that_closes_its_half_at_once(stage):
    _half_close(stage)


# We say our end and are gone: what the client does about it, nobody sees.
@CASES(ACCEPTED, ASKED_IN_CLEAR, closer="near")
def a_client_that_is_asked_to_close(stage):
    stage.reverse(stage.near_origin())

    def go():
        with stage.wire() as wire:
            wire.send(REQUEST)
            assert wire.receive_all().endswith(b"ok")
            time.sleep(0.05)
    stage.far.run(go)


@CASES(ACCEPTED, ASKED_IN_CLEAR, [Row("client", "websocket_upgrade", "plain_request_end", "plain_response_end")])
def aanswer_upgrade(stage):
    stage.reverse(stage.near_origin(answer_upgrade))
    stage.far.run(lambda: upgrade(stage))




@CASES(ACCEPTED, ASKED_IN_CLEAR, INSIDE, [Row("client", "connect_tunnel", "plain_request_end", "plain_response_end"),
                                         Row("tunnel", "tcp", "syn", "syn", grain=JIFFY)])
def tls_inside_a_tunnel_of_a_far_client(stage):
    origin = stage.near_origin(tls=stage.authority.server_context(stage.authority.localhost))
    stage.forward()
    stage.far.run(lambda: tunnelled_request(stage, origin, before_finished=0.06))


@pytest.mark.parametrize("name", CASES)
def test_what_is_published_is_what_was_captured(stage, name):
    CASES.compare(stage, name)
