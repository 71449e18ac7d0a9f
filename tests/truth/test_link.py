"""The link does what it is told, as both of its ends see it; nothing of Gladhand is in these tests."""

import socket
import time

import pytest

from lab.capture import Capture
from lab.conversation import conversations
from lab.link import DELAY, DEVICE, FAR

EXCHANGES = 50
BIAS = 200_000  # nanoseconds


@pytest.fixture
def far_capture(far, link):
    made = far.run(lambda: Capture(DEVICE))
    yield made
    made.close()


@pytest.fixture
def echo(far):
    """The port of a far server that returns what it is sent."""
    listener = far.run(lambda: socket.create_server((FAR, 0)))

    def serve():
        with listener:
            sock, _ = listener.accept()
            with sock:
                while data := sock.recv(4096):
                    sock.sendall(data)
    done = far.start(serve)
    yield listener.getsockname()[1]
    done.result(10)


def exchange(port, times=1):
    began = time.monotonic()
    with socket.create_connection((FAR, port), 10) as sock:
        connected = time.monotonic() - began
        for _ in range(times):
            sock.sendall(b"x" * 100)
            assert len(sock.recv(4096)) == 100
    return connected


def test_every_packet_takes_as_long_as_was_said(capture, far_capture, echo):
    capture.clear()
    exchange(echo, EXCHANGES)
    pairs = list(zip(capture.packets(), far_capture.packets()))
    assert len(pairs) > 2 * EXCHANGES

    def keyed(packets):
        return {(packet.source, packet.sequence, packet.flags, len(packet.payload)): packet for packet in packets}
    near, far = keyed(capture.packets()), keyed(far_capture.packets())
    took = [(far[key].at - near[key].at) * (1 if near[key].is_ours else -1) for key in near.keys() & far.keys()]
    assert len(took) > 2 * EXCHANGES
    late = sorted(nanos - DELAY * 1e9 for nanos in took)
    # Packets for which the machine had no time do not count; that there is no bias does.
    assert late[0] >= 0 and late[len(late) // 2] < BIAS, late


def test_a_delay_may_be_changed(link, echo):
    link.delay(0.05)
    try:
        assert 0.1 <= exchange(echo) < 0.11
    finally:
        link.delay(DELAY)


@pytest.mark.parametrize("sender,arrived", [("near", 1), ("far", 2)])
def test_a_lost_syn_or_syn_ack_is_sent_again_after_a_second(link, capture, far_capture, echo, sender, arrived):
    capture.clear()
    link.drop(sender, "syn")
    assert 1 <= exchange(echo) < 1.5
    near, = conversations(capture.packets())
    far, = conversations(far_capture.packets())
    assert (len(near.client.syns), len(far.client.syns)) == (2, arrived)
    assert link.dropped() == 1


def test_the_packet_that_is_lost_is_the_one_that_was_meant(link, capture, far_capture, echo):
    capture.clear()
    link.drop("near", "data", nth=3)
    exchange(echo, 5)
    near, = conversations(capture.packets())
    far, = conversations(far_capture.packets())
    sent = near.client.payload
    assert sent == far.client.payload == near.server.payload and len(sent) == 500
    assert [far.client.at(n * 100) - near.client.at(n * 100) > 0.1e9 for n in range(5)] == [False, False, True, False, False]
    assert link.dropped() == 1
