"""Many clients at once, some of them rude: nobody gets an answer that is not theirs."""

import random
import threading

from support.http1 import Truncated, Wire, chunked, response
from support.origin import Origin
from support.process import IS_SANITIZED

CLIENTS = 16
VISITS = 10 if IS_SANITIZED else 20


def echo(request, wire):
    """Says the request's own words, in one of several ways, and sometimes hangs up in the middle."""
    words = request.target.encode() + b" " + request.body
    manner = random.Random(request.target).randrange(8)
    if manner == 0:
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(words) + 10) + words)
        return Origin.HANG_UP
    if manner == 1:
        return Origin.HANG_UP
    if manner in (2, 3):
        return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(words[:100], words[100:] or b"x")
    if manner == 4:
        return response(words, "200 OK", "Connection: close")
    return response(words)


class Client(threading.Thread):
    def __init__(self, number, port, tls):
        super().__init__()
        self._random = random.Random(number)
        self._number, self._port, self._tls = number, port, tls
        self.answered, self.strays = 0, []

    def run(self):
        for visit in range(VISITS):
            wire = Wire.connect(self._port, self._tls)
            try:
                with wire:
                    self._visit(wire, visit)
            except (OSError, Truncated):
                pass  # what the origin's manners lead to

    def _visit(self, wire, visit):
        for n in range(self._random.randrange(1, 6)):
            target = f"/{self._number}/{visit}/{n}"
            body = self._random.randbytes(self._random.choice([0, 10, 5000, 200_000]))
            rudeness = self._random.randrange(12)
            if rudeness == 0:
                wire.send(f"POST {target} HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000\r\n\r\nhalf")
                return wire.reset() if self._tls is None else None
            wire.post(body, target)
            if rudeness == 1:
                return None  # leaves before the answer
            got = wire.read_response()
            if got.status == 502:
                continue
            self.answered += 1
            expected = target.encode() + b" " + body
            if got.status != 200 or got.body not in (expected, expected + b"x"):
                self.strays.append((expected[:100], got.status, got.body[:100]))


def test_nobody_gets_an_answer_that_is_not_theirs(start, authority):
    with Origin(echo) as origin, Origin(echo) as other:
        proxy = start(origin, other, tls=True, server={"workers": 2}, upstream={"max_connections": 8})
        clients = [Client(n, proxy.https if n % 2 else proxy.http, authority.client_context() if n % 2 else None) for n in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        assert not [stray for client in clients for stray in client.strays]
        assert sum(client.answered for client in clients) > CLIENTS * VISITS
        m = proxy.idle_metrics(CLIENTS * VISITS)
        # Every request that reached an origin came from us once: a POST is never sent twice.
        targets = [request.target for request in origin.requests + other.requests]
        assert len(targets) == len(set(targets))
        assert m.attempts(side="upstream") == m.ended(side="upstream")
