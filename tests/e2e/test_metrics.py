"""What is counted is what was done: no more, no less."""

import re

import pytest

from support.commands import command
from support.http1 import Wire, response
from support.origin import Origin
from support.ports import free_port

CLIENT_PHASES = ["tcp", "accept_wait", "client_hello_wait", "tls_server_flight", "tls_client_flight", "tls", "tls_compute", "first_request"]
PLAIN_PHASES = ["tcp", "accept_wait", "first_request"]
UPSTREAM_PHASES = ["pool_wait", "tcp", "first_byte"]


def visit(port, tls=None, requests=1):
    with Wire.connect(port, tls) as wire:
        for _ in range(requests):
            wire.get()
            assert wire.read_response().status == 200


def test_promtool_finds_nothing_to_say(start, origin, authority):
    proxy = start(origin, tls=True)
    for text in (proxy.metrics().text, [visit(proxy.http), visit(proxy.https, authority.client_context()), proxy.idle_metrics(2).text][-1]):
        got = command("promtool", "check", "metrics", stdin=text.encode())
        assert (got.status, got.text, got.errors) == (0, "", "")


def test_metrics_say_their_content_type_and_describe_every_family(start, origin):
    proxy = start(origin)
    with Wire.connect(proxy.admin.port) as wire:
        wire.get("/metrics", host="localhost")
        got = wire.read_response()
    assert got.fields.get("Content-Type").startswith("text/plain; version=0.0.4")
    text = got.body.decode()
    families = set(re.findall(r"^# TYPE (\w+) ", text, re.M))
    assert families == set(re.findall(r"^# HELP (\w+) \S", text, re.M))
    assert {"gladhand_build_info", "process_open_fds", "gladhand_http_requests_received_total"} <= families


def test_every_client_phase_is_measured_once_for_each_tls_connection(start, origin, authority):
    proxy = start(origin, tls=True)
    for _ in range(7):
        visit(proxy.https, authority.client_context(), requests=3)
    m = proxy.idle_metrics(21)
    assert {phase: m.count(phase, listener="https") for phase in CLIENT_PHASES} == dict.fromkeys(CLIENT_PHASES, 7)
    assert not any(m.count(phase, listener="http") for phase in CLIENT_PHASES)


def test_a_plain_connection_has_no_tls_phases(start, origin):
    proxy = start(origin, tls=True)
    for _ in range(5):
        visit(proxy.http, requests=2)
    m = proxy.idle_metrics(10)
    assert {phase: m.count(phase, listener="http") for phase in PLAIN_PHASES} == dict.fromkeys(PLAIN_PHASES, 5)
    assert not [labels for labels, _ in m.each("gladhand_client_handshake_seconds_count", listener="http") if "tls" in labels["phase"]]


def test_upstream_phases_are_measured_once_for_each_exchange_or_connection(start, origin):
    proxy = start(origin)
    for _ in range(4):
        visit(proxy.http, requests=3)
    m = proxy.idle_metrics(12)
    assert {phase: m.count(phase, "upstream", upstream="app") for phase in UPSTREAM_PHASES} == {"pool_wait": 12, "tcp": 1, "first_byte": 12}
    assert m.total("gladhand_upstream_requests_total", upstream="app", status_class="2xx") == 12


def test_a_connection_without_a_request_has_shaken_hands_and_made_no_first_request(start, origin, authority):
    proxy = start(origin, tls=True)
    with Wire.connect(proxy.https, authority.client_context()):
        m = proxy.metrics_when(lambda m: m.count("tls") == 1)
        assert m.total("gladhand_connections_open", side="client", name="https") == 1
    m = proxy.metrics_when(lambda m: m.total("gladhand_connections_open", side="client") == 0)
    assert (m.count("first_request"), m.received) == (0, 0)


def test_attempts_are_those_that_went_well_and_those_that_failed(start, origin, authority):
    proxy = start(origin, f"http://127.0.0.1:{free_port()}", tls=True)
    for _ in range(3):
        visit(proxy.https, authority.client_context())
        Wire.connect(proxy.https).close()
        visit(proxy.http)
    m = proxy.metrics_when(lambda m: m.failures(side="client") == 3 and m.received == m.responses == 6)
    for side, name, least_failures in (("client", "https", 3), ("client", "http", 0), ("upstream", "app", 1)):
        went_well, failed = m.ended(side=side, name=name, result="ok"), m.failures(side=side, name=name)
        assert m.attempts(side=side, name=name) == went_well + failed
        assert went_well == m.total("gladhand_connections_total", side=side, name=name)
        assert failed >= least_failures
    assert m.total("gladhand_handshakes_in_flight") == 0
    assert m.ended(side="client", name="https", result="ok", stage="ready") == 3


def test_what_is_in_flight_shows(start, origin, scripted_origin):
    proxy = start(scripted_origin, tls=True)
    with Wire.connect(proxy.https), Wire.connect(proxy.http) as client:
        client.get()
        with scripted_origin.accept() as server:
            server.read_request()
            m = proxy.metrics_when(lambda m: m.total("gladhand_handshakes_in_flight", side="client", name="https") == 1 and m.received == 1)
            assert (m.responses, m.resets) == (0, 0)
            server.send(response())
            assert client.read_response().status == 200
    proxy.idle_metrics(1)


def test_requests_received_are_responses_and_resets(start, authority):
    def answer(request, wire):
        if request.target == "/cut":
            wire.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")
            return Origin.HANG_UP
        if request.target == "/hang":
            return None
        return response(b"", "404 Not Found")
    with Origin(answer) as origin:
        proxy = start(origin, tls=True)
        for port, tls in ((proxy.http, None), (proxy.https, authority.client_context())):
            for target in ("/", "/", "/cut", "/hang"):
                with Wire.connect(port, tls) as wire:
                    count = len(origin.requests)
                    wire.get(target)
                    if target == "/hang":
                        origin.wait_for(count + 1)
                        wire.reset()
                    else:
                        wire.read_response_head()
                        wire.receive_all() if target == "/cut" else None
        m = proxy.idle_metrics(8)
    assert (m.received, m.responses, m.resets) == (8, 6, 2)
    assert m.total("gladhand_http_responses_total", status_class="4xx") == 4
    assert m.total("gladhand_http_responses_total", status_class="2xx") == 2, "what was cut short had its status sent"


def test_what_clients_invent_makes_no_new_series(start, origin):
    proxy = start(origin)

    def invent(n):
        for method in ("GET", f"METHOD{n}"):
            with Wire.connect(proxy.http) as wire:
                wire.send(f"{method} /path/{n}?{n} HTTP/1.1\r\nHost: h{n}.test\r\nUser-Agent: {n}\r\n\r\n")
                wire.read_response()
                if method != "GET":
                    wire.receive_all()  # the proxy is the first to close, each time

    def metrics(clients):
        return proxy.metrics_when(lambda m: m.total("gladhand_connection_closes_total", side="client") == clients, f"{clients} clients are gone")
    invent(0)
    before = {(name, tuple(labels.items())) for name, labels, _ in metrics(2).series}
    for n in range(1, 50):
        invent(n)
    m = metrics(100)
    assert {(name, tuple(labels.items())) for name, labels, _ in m.series} == before
    assert not re.search(r"METHOD\d|h\d+\.test", m.text)


def test_one_more_listener_route_or_upstream_stays_within_its_budget_of_series(start, origin):
    def series(count):
        upstreams = {f"app{n}": {"endpoints": [origin.endpoint]} for n in range(count)}
        routes = [{"match": {"path": f"/{n}/*"}, "upstream": f"app{n}"} for n in range(count)]
        return len(start(routes=routes, upstreams=upstreams).metrics().series)
    assert series(3) - series(2) <= 45 + 90


@pytest.mark.parametrize("path, status", [("/livez", 200), ("/readyz", 200), ("/readyz?verbose", 200), ("/", 200), ("/nothing", 404)])
def test_the_admin_listener_answers(start, origin, path, status):
    assert start(origin).admin.get(path)[0] == status


def test_the_admin_listener_changes_nothing_by_post(start, origin):
    with Wire.connect(start(origin).admin.port) as wire:
        wire.post(b"", "/metrics", host="localhost")
        assert wire.read_response().status == 405
