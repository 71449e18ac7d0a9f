"""Every row of bad_responses.py, said by a scripted origin to the live proxy."""

import pytest

from bad_responses import ROWS, Row
from support.http1 import Wire, read_responses, response
from support.origin import Origin
from support.process import milliseconds


class Liar(Origin):
    """Says `lie` to the next request, and the truth to all others."""

    def __init__(self):
        self.lie = None
        super().__init__(self._reply)

    def _reply(self, request, wire):
        row, self.lie = self.lie, None
        if row is None:
            return response(b"the truth")
        wire.send(row.send)
        return Origin.HANG_UP if row.closes else None


@pytest.fixture(scope="module")
def liar():
    with Liar() as origin:
        yield origin


@pytest.fixture(scope="module")
def proxy(start_for_module, liar):
    return start_for_module(liar, upstream={"timeouts": {"first_byte": milliseconds(1000), "idle": milliseconds(500)}})


def ask(proxy):
    """Everything that comes back."""
    with Wire.connect(proxy.http) as wire:
        wire.get("/", "Connection: close")
        return wire.receive_all()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_bad_response_harms_neither_its_client_nor_the_next(proxy, liar, row):
    liar.take()
    liar.lie = row
    received = ask(proxy)
    responses, is_cut = read_responses(received)
    # A response that breaks off may do so before its head has left: then it is a 502, or nothing.
    if row.is_cut:
        assert is_cut or [got.status for got in responses] in ([502], [])
    else:
        assert not is_cut
        got, = responses
        assert got.status == row.status
        assert row.body is None or got.body == row.body.encode()
        if row.status == 502:
            assert got.fields.get("Proxy-Status").startswith("gladhand; error=")
    if row.never:
        assert row.never.encode("latin-1") not in received

    (after,), _ = read_responses(ask(proxy))
    assert (after.status, after.body) == (200, b"the truth")
    lied_on, told_on = [request.connection for request in liar.requests]
    assert lied_on != told_on or row.can_reuse, "a connection that spoke nonsense was used again"


def test_a_response_that_nobody_asked_for_is_given_to_nobody(proxy, liar):
    liar.take()
    ask(proxy)
    for wire in list(liar._wires):
        wire.send(response(b"poison"))
    for _ in range(3):
        assert read_responses(ask(proxy))[0][0].body == b"the truth"
    first, *others = [request.connection for request in liar.requests]
    assert first not in others


@pytest.mark.parametrize("text", ["HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Le", "HTT"])
def test_a_head_that_stalls_is_504(proxy, liar, text):
    liar.lie = Row("stalls", text)
    (got,), _ = read_responses(ask(proxy))
    assert got.status == 504
    assert got.fields.get("Proxy-Status").startswith("gladhand; error=http_response_timeout")
