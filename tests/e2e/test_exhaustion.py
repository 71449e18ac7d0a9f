"""Out of file descriptors: accepting pauses, nothing spins, nobody who is connected suffers, and afterwards all is well."""

import time

import pytest

from support.http1 import Wire
from support.process import IS_SANITIZED, eventually

pytestmark = pytest.mark.skipif(IS_SANITIZED, reason="UBSan opens a pipe to check a pointer: without descriptors it sees bad ones")

OPEN_FILES = 64
RESERVE = 8  # an eighth is kept from clients: upstream connections need some too
CLIENTS = 200


def test_two_hundred_clients_at_sixty_four_descriptors(start, origin):
    proxy = start(origin, open_files=OPEN_FILES)
    with Wire.connect(proxy.http) as old:
        old.get()
        assert old.read_response().status == 200
        crowd = [Wire.connect(proxy.http) for _ in range(CLIENTS)]
        try:
            eventually(lambda: proxy.open_files() >= OPEN_FILES - RESERVE, "the descriptors are used up")
            time.sleep(0.2)
            busy = proxy.cpu_seconds()
            for _ in range(3):
                old.get()
                assert old.read_response().status == 200, "who is connected is served, over the pooled connection"
                time.sleep(0.3)
            assert proxy.cpu_seconds() - busy < 0.5, "waiting for descriptors takes no CPU time"
            assert proxy.open_files() <= OPEN_FILES
        finally:
            for wire in crowd:
                wire.close()
        with Wire.connect(proxy.http) as new:
            new.get()
            assert new.read_response().status == 200
    eventually(lambda: proxy.open_files() < OPEN_FILES // 2, "the descriptors are given back")
    m = proxy.metrics()
    assert m.total("gladhand_accept_pauses_total", listener="http") >= 1
    assert m.received == m.responses == 5
    assert m.attempts(side="client", name="http") == CLIENTS + 2, "everybody was accepted in the end"


def test_a_crowd_whose_requests_need_descriptors_for_the_origin_is_served_over_the_reserve(start, origin):
    proxy = start(origin, open_files=OPEN_FILES)
    crowd = [Wire.connect(proxy.http) for _ in range(CLIENTS)]
    statuses = []
    for wire in crowd:
        wire.get("/", "Connection: close")
    for wire in crowd:
        with wire:
            statuses.append(wire.read_response().status)
    assert statuses == [200] * CLIENTS
    assert proxy.idle_metrics(CLIENTS).received == CLIENTS


def test_a_crowd_on_the_tls_port_is_served_in_turn(start, origin, authority):
    proxy = start(origin, tls=True, open_files=OPEN_FILES)
    silent = [Wire.connect(proxy.https) for _ in range(CLIENTS)]
    eventually(lambda: proxy.open_files() >= OPEN_FILES - RESERVE)
    for wire in silent:
        wire.close()
    with Wire.connect(proxy.https, authority.client_context()) as wire:
        wire.get()
        assert wire.read_response().status == 200
