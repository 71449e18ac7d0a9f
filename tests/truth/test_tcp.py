"""Figures of the kernel that no ordinary connection brings out of it."""

import os
import signal
import time

import pytest

from lab.judge import JIFFY, NEAR_ENOUGH
from lab.namespace import write_sysctl
from lab.stage import REQUEST

STOPPED = 0.15


def test_a_client_that_waits_for_a_busy_worker_is_counted_as_waiting_to_be_accepted(stage):
    stage.reverse(stage.near_origin())
    os.kill(stage.proxy.pid, signal.SIGSTOP)
    asked = stage.far.start(lambda: stage.wire().send(REQUEST) or time.sleep(0.5))
    time.sleep(STOPPED)
    resumed = time.time_ns()
    os.kill(stage.proxy.pid, signal.SIGCONT)
    asked.result()
    seen = stage.end()
    true = (resumed - seen.conversation.ack) / 1_000
    assert true > STOPPED * 0.5e6
    assert abs(seen.line["client"]["accept_wait"] - true) <= NEAR_ENOUGH + JIFFY
    assert seen.line["client"]["first_request"] <= NEAR_ENOUGH, "the request was there already"


@pytest.fixture
def syn_cookies(link):
    write_sysctl("net.ipv4.tcp_syncookies", 2)  # always
    yield
    write_sysctl("net.ipv4.tcp_syncookies", 1)


def withheld(stage):
    """Whether the round trip was; if not, what was published and what was captured."""
    seen = stage.end()
    count = seen.after.total("gladhand_handshake_samples_degraded_total", side="client") - seen.before.total(
        "gladhand_handshake_samples_degraded_total", side="client")
    published = seen.line["client"].get("tcp")
    assert (published is None) == (count == 1)
    return published is None or (published, (seen.conversation.ack - seen.conversation.syn_ack) / 1_000)


@pytest.mark.parametrize("timestamps", [1, 0])
def test_a_round_trip_under_syn_cookies_is_withheld(stage, syn_cookies, timestamps):
    write_sysctl("net.ipv4.tcp_timestamps", timestamps)
    try:
        stage.reverse(stage.near_origin())
        for _ in range(5):
            stage.begin()
            stage.far_request()
            assert withheld(stage) is True
    finally:
        write_sysctl("net.ipv4.tcp_timestamps", 1)


def test_a_round_trip_whose_ack_was_lost_is_withheld(stage):
    """The client has nothing to say for a while, so that what it says then acknowledges the SYN-ACK."""
    stage.reverse(stage.near_origin())
    stage.link.drop("far", "ack")
    stage.far_request(before_request=0.3)
    assert stage.link.dropped() == 1
    assert withheld(stage) is True
