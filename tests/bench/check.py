"""Before a scenario: does each proxy do the work that the scenario is about?"""

from dataclasses import replace

from probes import expect, posted_bytes, probe
from servers import POSTED_BYTES
from tap import Tap

_AGREED = ("TLSv1.3", "TLS_AES_128_GCM_SHA256", "X25519")
_CHECK_CONNECTIONS = 8
_RESUMED_SHARE = 0.95  # of those that can: the first connection of each of the generator's clients cannot


def check(server, scenario, site):
    """A sentence on what was seen; raises BenchError when it is not what the scenario needs."""
    port = server.port(scenario.port_name)
    seen = [probe(port, scenario, site)]
    posted = posted_bytes() if scenario.kind == "post" else None
    with Tap(port) as tap:
        load = replace(scenario.load, connections=_CHECK_CONNECTIONS)
        outcome = load.run(scenario.url(tap.port), 1)
    expect(not outcome.errors, outcome.errors)
    expect((tap.connections >= outcome.requests) == scenario.reconnects,
           f"{tap.connections} connections for {outcome.requests} requests")
    seen.append(f"{outcome.requests} requests on {tap.connections} connections")
    if scenario.kind == "post":
        seen.append(_posted_seen(posted_bytes() - posted, outcome.requests))
    if scenario.tls:
        seen.append(_tls_seen(tap, scenario))
    return "; ".join(seen)


def _posted_seen(posted, requests):
    """An origin may answer a POST unread, and a proxy may leave it at that."""
    unfinished = posted - requests * POSTED_BYTES
    seen = f"the origin received {posted} bytes"
    expect(0 <= unfinished <= _CHECK_CONNECTIONS * POSTED_BYTES, f"{seen} in {requests} requests of {POSTED_BYTES}")
    return seen


def _tls_seen(tap, scenario):
    agreed = {agreement[:3] for agreement in tap.agreements}
    expect(agreed == {_AGREED}, f"agreed on {sorted(agreed)} instead of {_AGREED}")
    handshakes = tap.agreements.total()
    resumed = sum(count for agreement, count in tap.agreements.items() if agreement.resumed)
    seen = f"{resumed} of {handshakes} handshakes resumed"
    if scenario.resumes is not None:
        resumable = handshakes - _CHECK_CONNECTIONS
        as_wanted = resumed >= _RESUMED_SHARE * resumable > 0 if scenario.resumes else resumed == 0
        expect(as_wanted, seen)
    return f"{' '.join(_AGREED)}; {seen}"
