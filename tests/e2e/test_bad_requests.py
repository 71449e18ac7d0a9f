"""Every row of bad_requests.py against the live proxy, with the origin as the witness of what got through."""

import dataclasses
import re
import threading

import pytest

from bad_requests import PATHS, ROWS
from support.http1 import Truncated, Wire, read_responses, response
from support.origin import Origin
from support.process import milliseconds


A_MOMENT = 0.1  # in which an answer too many would come
LAST_WORDS = {400, 408, 413, 414, 431, 501, 505}  # statuses behind which the connection must be closed


@pytest.fixture(scope="module")
def witness():
    with Origin() as origin:
        yield origin


class Victim:
    """The proxy that all rows share, until one of them breaks it."""

    def __init__(self, start, origin):
        self._start, self._origin, self._proxy = start, origin, None

    def proxy(self):
        if self._proxy is None:
            timeouts = {"header": milliseconds(2000), "body": milliseconds(800)}
            self._proxy = self._start(self._origin, listener={"timeouts": timeouts})
        return self._proxy

    def bury(self):
        self._proxy.kill()
        self._proxy = None


@pytest.fixture(scope="module")
def victim(start_for_module, witness):
    return Victim(start_for_module, witness)


def converse(proxy, row):
    """Sends the row's bytes. Returns all that comes back, until the proxy closes or has said enough, and whether it closed."""
    with Wire.connect(proxy.http) as wire:
        def send():
            try:
                wire.send(row.send)
                if row.half_closes:
                    wire.half_close()
            except OSError:
                pass  # refused before it was all sent
        sender = threading.Thread(target=send)
        sender.start()
        received, is_closed = b"", False
        while not is_closed:
            piece = wire.receive()
            received, is_closed = received + piece, not piece
            responses, is_cut = read_responses(received)
            if len(responses) >= len(row.answers) and not is_cut and wire.is_silent(A_MOMENT):
                break
        sender.join()
        return received, is_closed


OWN_HOST = re.compile(rb"\b[a-z]{2}\.tld\b")


def named(row, number):
    """The row, to a host of its own of the same length: what is left of another row may reach the origin late."""
    host = f"{chr(97 + number // 26)}{chr(97 + number % 26)}.tld"
    return dataclasses.replace(row, send=row.send.replace("a.test", host)), host.encode()


def is_foreign(request, host):
    named_hosts = OWN_HOST.findall(request.raw)
    return bool(named_hosts) and host not in named_hosts


@pytest.mark.parametrize("number", range(len(ROWS)), ids=lambda number: ROWS[number].id)
def test_a_bad_request_is_answered_once_and_fools_nobody(victim, witness, number):
    row, host = named(ROWS[number], number)
    proxy = victim.proxy()
    witness.take()
    try:
        received, is_closed = converse(proxy, row)
        with Wire.connect(proxy.http) as wire:
            wire.get("/afterwards", "Connection: close")
            assert wire.read_response().body == b"ok", "the next client suffers"
    except (OSError, Truncated):
        victim.bury()
        raise

    responses, is_cut = read_responses(received)
    statuses = [got.status for got in responses]
    assert not is_cut
    assert (len(statuses) == len(row.answers) and all(s in allowed for s, allowed in zip(statuses, row.answers))
            or row.may_be_silent and not statuses), f"answered {statuses}, not {[sorted(allowed) for allowed in row.answers]}"
    if statuses and statuses[-1] in LAST_WORDS:
        assert is_closed, "nobody knows where the next request would begin"
    seen = [request for request in witness.take() if "/afterwards" not in request.start_line and not is_foreign(request, host)]
    assert len(seen) <= row.reaches, [request.raw for request in seen]
    assert sum(request.is_complete for request in seen) <= row.completes, [request.raw for request in seen]
    if row.never:
        assert not any(row.never.encode("latin-1") in request.raw.lower() for request in seen), seen[0].raw
    if row.always and seen:
        assert row.always.encode("latin-1") in seen[0].raw.lower()
    if row.body is not None and statuses == [200]:
        assert seen[0].body == row.body.encode("latin-1")


def test_ids_of_rows_are_unique():
    ids = [row.id for row in ROWS]
    assert len(ids) == len(set(ids))


@pytest.fixture(scope="module")
def guarded(start_for_module):
    """/admin and what is below it have an origin of their own."""
    with Origin(lambda request, wire: response(b"public")) as public, Origin(lambda request, wire: response(b"admin")) as admin:
        yield start_for_module(
            routes=[{"match": {"path": ["/admin", "/admin/*"]}, "upstream": "admin"}, {"upstream": "public"}],
            upstreams={"admin": {"endpoints": [admin.endpoint]}, "public": {"endpoints": [public.endpoint]}}), public, admin


@pytest.mark.parametrize("name", PATHS)
def test_a_path_is_routed_as_the_origin_will_read_it(guarded, name):
    proxy, public, admin = guarded
    path, belongs_to = PATHS[name]
    with Wire.connect(proxy.http) as wire:
        wire.get(path)
        got = wire.read_response()
    if got.status == 400:
        return
    assert got.status == 200 and got.body.decode() == belongs_to
    target = (public if belongs_to == "public" else admin).last.target
    assert ".." not in target and "/./" not in target, target
    assert target.startswith("/admin") == (belongs_to == "admin") or target == "/admin."
