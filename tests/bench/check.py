"""Before a scenario: does each proxy do the work that the scenario is about?"""

import contextlib
import http.client
import ssl
import subprocess
from dataclasses import replace

from servers import BODY_BYTES, BenchError
from tap import Tap

_AGREED = ("TLSv1.3", "TLS_AES_128_GCM_SHA256", "X25519")
_CHECK_CONNECTIONS = 8
_RESUMED_SHARE = 0.95  # of those that can: the first connection of each of the generator's clients cannot


def check(server, scenario, certificate):
    """A sentence on what was seen; raises BenchError when it is not what the scenario needs."""
    port = server.port(scenario.port_name)
    body_bytes = _body_bytes(port, scenario, certificate)
    _expect(body_bytes == BODY_BYTES[scenario.path], f"{body_bytes} bytes of body for {scenario.path}")
    with Tap(port) as tap:
        load = replace(scenario.load, connections=_CHECK_CONNECTIONS)
        outcome = load.run(scenario.url(tap.port), 1)
    _expect(not outcome.errors, outcome.errors)
    _expect((tap.connections >= outcome.requests) == scenario.reconnects,
            f"{tap.connections} connections for {outcome.requests} requests")
    seen = f"{body_bytes} bytes; {outcome.requests} requests on {tap.connections} connections"
    return f"{seen}; {_tls_seen(tap, scenario)}" if scenario.tls else seen


def _tls_seen(tap, scenario):
    agreed = {agreement[:3] for agreement in tap.agreements}
    _expect(agreed == {_AGREED}, f"agreed on {sorted(agreed)} instead of {_AGREED}")
    handshakes = tap.agreements.total()
    resumed = sum(count for agreement, count in tap.agreements.items() if agreement.resumed)
    seen = f"{resumed} of {handshakes} handshakes resumed"
    if scenario.resumes is not None:
        resumable = handshakes - _CHECK_CONNECTIONS
        as_wanted = resumed >= _RESUMED_SHARE * resumable > 0 if scenario.resumes else resumed == 0
        _expect(as_wanted, seen)
    return f"{' '.join(_AGREED)}; {seen}"


def _body_bytes(port, scenario, certificate):
    if scenario.is_h2:
        return _h2_body_bytes(scenario.url(port))
    if scenario.tls:
        context = ssl.create_default_context(cafile=certificate)
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=context)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection):
        try:
            connection.request("GET", scenario.path)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise BenchError(f"no answer for {scenario.path}: {error}") from None
    _expect(response.status == 200, f"status {response.status} for {scenario.path}")
    return len(body)


def _h2_body_bytes(url):
    asked = subprocess.run(["curl", "-s", "--http2-prior-knowledge", "-w", "%{stderr}%{http_version} %{http_code}", url], capture_output=True)
    _expect(asked.stderr == b"2 200", f"HTTP {asked.stderr.decode()} for {url}")
    return len(asked.stdout)


def _expect(fact, otherwise):
    if not fact:
        raise BenchError(otherwise)
