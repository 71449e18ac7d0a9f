"""`gladhand probe` across the link: what it says from outside is what Gladhand says from inside."""

import json

import pytest

from lab.link import DELAY, NEAR
from lab.namespace import write_sysctl
from support.process import BINARY

ROUND_TRIP = 2 * DELAY * 1e6  # microseconds
NEAR_ENOUGH = max(1_000, 0.02 * ROUND_TRIP)


@pytest.fixture(params=["http", "https"])
def probe(request, stage):
    """`probe(option...)`: what a far probe finds, and by how much each outcome of Fast Open grew meanwhile at Gladhand."""
    for run in (lambda act: act(), stage.far.run):
        run(lambda: write_sysctl("net.ipv4.tcp_fastopen", 3))
    stage.reverse(stage.near_origin(), listener={"fast_open": 16})
    stage.far_command("ip", "tcp_metrics", "flush")

    def go(*options):
        def outcomes():
            metrics = stage.proxy.metrics()
            return {outcome: metrics.total("gladhand_tcp_fastopen_total", side="client", outcome=outcome) for outcome in ("accepted", "empty")}
        before = outcomes()
        url = f"{request.param}://{NEAR}:{stage.proxy.ports[request.param]}/"
        found = json.loads(stage.far_command(str(BINARY), "probe", url, "--insecure", "--json", *options).output)["connections"]
        return found, {outcome: count - before[outcome] for outcome, count in outcomes().items()}
    return go


def test_a_fast_probe_saves_one_round_trip_and_both_sides_say_so(probe):
    (first, second), grown = probe("--fast-open")
    assert first["upstream"]["fast_open"] == "no_cookie" and "fast_open_saved" not in first["upstream"]
    assert second["upstream"]["fast_open"] == "accepted"
    assert grown == {"accepted": 1, "empty": 0}
    assert abs(second["upstream"]["fast_open_saved"] - ROUND_TRIP) <= NEAR_ENOUGH
    assert abs(first["duration"] - second["duration"] - ROUND_TRIP) <= ROUND_TRIP / 4, "what both compute differs, too"


def test_a_probe_that_is_not_fast_saves_nothing(probe):
    (first, second), grown = probe("-n", "2")
    assert "fast_open" not in first["upstream"] and "fast_open" not in second["upstream"]
    assert grown == {"accepted": 0, "empty": 0}
    for one in first, second:
        assert abs(one["upstream"]["tcp"] - ROUND_TRIP) <= NEAR_ENOUGH
        assert abs(one["upstream"]["tcp_rtt"] - ROUND_TRIP) <= NEAR_ENOUGH
