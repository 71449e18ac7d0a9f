"""Handshakes that fail: each is counted with its result and with the last moment that it reached."""

import time

import pytest

from support.http1 import Wire, read_responses
from support.process import milliseconds
from support.tls import SlowTls


@pytest.fixture
def proxy(start, origin):
    return start(origin, tls=True, listener={"timeouts": {"handshake": milliseconds(500)}})


@pytest.fixture
def served(proxy, authority):
    """`served()` passes when a well-behaved client is served."""
    def check():
        with Wire.connect(proxy.https, authority.client_context()) as wire:
            wire.get()
            assert wire.read_response().status == 200
    return check


def assert_counted(proxy, result, *stages):
    """One failed handshake, of that result, at one of those stages; and nothing is left in flight."""
    m = proxy.metrics_when(lambda m: m.failures(side="client", name="https") == 1, "one failure is counted")
    ended = [(labels["result"], labels["stage"]) for labels, value in m.each("gladhand_handshakes_total", side="client", name="https")
             if labels["result"] != "ok" and value]
    assert ended == [(result, ended[0][1])] and ended[0][1] in stages, ended
    assert m.attempts(side="client", name="https") == m.ended(side="client", name="https") == 1
    assert m.total("gladhand_handshakes_in_flight", side="client") == 0
    assert m.count("tls") == 0, "a handshake that failed has no duration"


def test_http_on_a_tls_port_gets_a_plain_answer(proxy, served):
    with Wire.connect(proxy.https) as wire:
        wire.get()
        responses, is_cut = read_responses(wire.receive_all())
    assert [got.status for got in responses] in ([400], []) and not is_cut
    assert_counted(proxy, "plaintext_http", "first_byte")
    served()


# Bytes that begin no handshake of TLS 1.2 or 1.3.
NONSENSE = {
    "noise": b"\xff\xfe\xfd\xfc" * 8,
    "sslv2": b"\x80.\1\0\2\0\x15\0\0\0\x10" + b"\1\0\x80" * 7 + b"A" * 16,
    "empty fragments": b"\x16\3\1\0\0" * 100,
    "application data": b"\x17\3\3\0\0" * 100,
    "changes of cipher": b"\x14\3\3\0\1\1" * 1000,
    "alerts": b"\x15\3\3\0\2\1\0" * 10_000,
    "heartbeat": b"\x18\3\2\0\3\1@\0",
    "record of a wrong version": b"\x16\x09\x09\0\5\1\0\0\1\0",
    "record too long": b"\x16\3\1\xff\xff" + b"A" * 1000,
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_ends_the_handshake_and_is_counted(proxy, served, name):
    with Wire.connect(proxy.https) as wire:
        try:
            wire.send(NONSENSE[name])
        except ConnectionError:
            pass  # refused before it was all sent
        answer = wire.receive_all()
    assert not answer or answer[0] == 21, "an alert or nothing"
    m = proxy.metrics_when(lambda m: m.failures(name="https") == 1)
    assert m.attempts(side="client", name="https") == 1
    served()


def test_random_bytes_are_a_protocol_error(proxy):
    with Wire.connect(proxy.https) as wire:
        wire.send(NONSENSE["noise"])
        wire.receive_all()
    assert_counted(proxy, "protocol_error", "first_byte")


def test_a_length_that_lies_costs_time_and_no_memory(proxy, served):
    before = proxy.resident_bytes()
    with Wire.connect(proxy.https) as wire:
        wire.send(b"\x16\3\1\0\x10\1\xff\xff\xff\3\3" + b"A" * 10)
        wire.receive_all()
    assert proxy.resident_bytes() - before < 8 << 20
    assert proxy.metrics_when(lambda m: m.failures(name="https") == 1)
    served()


def test_a_client_that_says_nothing_is_recorded_as_stopped_at_connected(proxy):
    with Wire.connect(proxy.https):
        pass
    assert_counted(proxy, "client_eof_before_hello", "connected")


def test_a_client_that_says_nothing_for_too_long_is_cut(proxy, served):
    with Wire.connect(proxy.https) as wire:
        assert wire.is_at_end()
    assert_counted(proxy, "timeout", "connected")
    served()


def test_a_client_that_leaves_in_the_middle_of_its_hello_is_recorded_there(proxy, authority):
    with SlowTls(proxy.https, authority.client_context()) as client:
        client.send(client.client_hello()[:100])
        time.sleep(0.05)
    assert_counted(proxy, "client_eof_in_handshake", "first_byte")


def test_a_client_that_stalls_in_the_middle_of_its_hello_is_cut(proxy, authority):
    with SlowTls(proxy.https, authority.client_context()) as client:
        client.send(client.client_hello()[:100])
        assert client.is_at_end()
    assert_counted(proxy, "timeout", "first_byte")


def test_a_hello_that_dribbles_does_not_outlast_the_deadline(proxy, authority):
    with SlowTls(proxy.https, authority.client_context()) as client:
        hello = client.client_hello()
        with pytest.raises(OSError):
            for byte in hello:
                client.send(bytes([byte]))
                time.sleep(0.02)
    assert_counted(proxy, "timeout", "first_byte")


def test_a_client_that_vanishes_after_our_flight_is_recorded_there(proxy, authority):
    with SlowTls(proxy.https, authority.client_context()) as client:
        client.send(client.client_hello())
        client.read_server_flight()
    assert_counted(proxy, "client_eof_in_handshake", "server_flight")


def test_a_client_that_resets_after_our_flight_is_recorded_there(proxy, authority):
    client = SlowTls(proxy.https, authority.client_context())
    client.send(client.client_hello())
    client.read_server_flight()
    client.reset()
    assert_counted(proxy, "reset", "server_flight")


def test_a_finished_that_is_forged_is_a_protocol_error(proxy, authority, served):
    with SlowTls(proxy.https, authority.client_context()) as client:
        client.send(client.client_hello())
        flight = client.read_server_flight()
        client.send(flight[:-1] + bytes([flight[-1] ^ 1]))
        client.read_to_end()
    assert_counted(proxy, "protocol_error", "server_flight")
    served()


def test_a_handshake_that_failed_has_a_line_of_its_own_in_the_access_log(proxy):
    with Wire.connect(proxy.https):
        pass
    line, = proxy.log_lines(1)
    assert (line["event"], line["listener"], line["result"], line["stage"]) == ("connection", "https", "client_eof_before_hello", "connected")
    assert line["client"]["peer"].startswith("127.0.0.1:")
