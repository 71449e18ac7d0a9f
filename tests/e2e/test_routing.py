"""Which upstream a request reaches, which endpoint of it, and over which connection."""

import contextlib

import pytest

from support.http1 import Wire, response
from support.origin import Origin
from support.ports import free_port


@pytest.fixture
def named():
    """`named("a")`: an origin that answers with its name."""
    with contextlib.ExitStack() as stack:
        def make(name):
            return stack.enter_context(Origin(lambda request, wire: response(name.encode())))
        yield make


def dead():
    return f"http://127.0.0.1:{free_port()}"


def ask(proxy, target="/", host="a.test", method="GET", fields=()):
    """(status, body) on a connection of its own."""
    with Wire.connect(proxy.http) as wire:
        lines = "".join(f"{line}\r\n" for line in fields)
        wire.send(f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n")
        got = wire.read_response(to=method)
        return got.status, got.body.decode()


# ---- routes

@pytest.fixture
def sites(start, named):
    """Four routes, the last for one path of one host only."""
    names = ["exact", "wild", "api", "page"]
    return start(
        routes=[{"match": {"host": "a.test"}, "upstream": "exact"},
                {"match": {"host": ["*.a.test", "*.b.test"]}, "upstream": "wild"},
                {"match": {"path": "/api/*"}, "upstream": "api"},
                {"match": {"host": "c.test", "path": "/page"}, "upstream": "page"}],
        upstreams={name: {"endpoints": [named(name).endpoint]} for name in names})


@pytest.mark.parametrize("host, target, reached", [
    ("a.test", "/", "exact"),
    ("A.TEST", "/", "exact"),
    ("a.test:8080", "/", "exact"),
    ("x.a.test", "/", "wild"),
    ("x.y.b.test", "/", "wild"),
    ("b.test", "/api/1", "api"),          # a wildcard needs a label
    ("other.test", "/api/1?q=/page", "api"),
    ("c.test", "/page", "page"),
    ("c.test", "/page?q=1", "page"),
    ("c.test", "/api/../page", "page"),   # the path is compared in its canonical form
    ("a.test", "/api/1", "exact"),        # the first match wins
])
def test_a_request_reaches_the_first_route_that_matches(sites, host, target, reached):
    assert ask(sites, target, host) == (200, reached)


@pytest.mark.parametrize("host, target", [("c.test", "/page/more"), ("c.test", "/pages"), ("other.test", "/apis"), ("xa.test", "/")])
def test_a_request_that_no_route_matches_gets_404(sites, host, target):
    with Wire.connect(sites.http) as wire:
        wire.get(target, host=host)
        got = wire.read_response()
        assert got.status == 404
        assert got.fields.get("Proxy-Status").startswith("gladhand; error=destination_not_found")
        wire.get("/", host="a.test")
        assert wire.read_response().body == b"exact", "the connection goes on"


def test_responses_are_counted_by_the_name_of_their_route(sites):
    ask(sites), ask(sites, "/api/1", "z.test"), ask(sites, "/", "z.test")
    m = sites.idle_metrics(3)
    for route, status_class in {"a.test": "2xx", "/api/*": "2xx", "none": "4xx"}.items():
        assert m.total("gladhand_http_responses_total", route=route, status_class=status_class) == 1


# ---- endpoints

def test_two_endpoints_take_turns(start, named):
    one, two = named("one"), named("two")
    proxy = start(one, two)
    answers = [ask(proxy)[1] for _ in range(10)]
    assert sorted(answers) == ["one"] * 5 + ["two"] * 5
    assert all(before != after for before, after in zip(answers, answers[1:]))


def test_an_endpoint_that_refuses_is_passed_over_and_no_request_is_lost(start, named):
    proxy = start(named("alive"), dead())
    assert [ask(proxy) for _ in range(6)] == [(200, "alive")] * 6
    m = proxy.idle_metrics(6)
    assert m.total("gladhand_upstream_retries_total") >= 1
    assert m.failures(side="upstream", name="app") == m.ended(side="upstream", result="refused") >= 1


def test_a_post_is_sent_to_the_other_endpoint_when_the_first_refuses(start, named):
    alive = named("alive")
    proxy = start(dead(), alive)
    for _ in range(2):
        assert ask(proxy, method="POST", fields=["Content-Length: 0"]) == (200, "alive")
    assert len(alive.requests) == 2


def test_an_endpoint_that_comes_back_is_used_again(start, named):
    port = free_port()
    proxy = start(f"http://127.0.0.1:{port}")
    assert ask(proxy)[0] == 502
    with Origin(port=port):
        # It may be left out for a second; as the only one it must be tried all the same.
        assert ask(proxy) == (200, "ok")


def test_when_every_endpoint_refuses_the_answer_is_502(start):
    proxy = start(dead(), dead())
    assert ask(proxy)[0] == 502
    assert ask(proxy)[0] == 502


# ---- connections to the origin

def test_requests_in_turn_share_one_connection_to_the_origin(start, origin):
    proxy = start(origin)
    for _ in range(10):
        ask(proxy)  # each from a new client
    assert {request.connection for request in origin.requests} == {1}
    m = proxy.idle_metrics(10)
    assert m.total("gladhand_connections_total", side="upstream", name="app") == 1
    assert m.total("gladhand_upstream_connections_reused_total", upstream="app") == 9


def test_an_answer_with_connection_close_ends_the_use_of_its_connection(start):
    with Origin(lambda request, wire: response(b"ok", "200 OK", "Connection: close")) as origin:
        proxy = start(origin)
        for _ in range(3):
            assert ask(proxy)[0] == 200
        assert [request.connection for request in origin.requests] == [1, 2, 3]


def test_an_unused_connection_is_given_up_after_pool_idle(start, origin):
    proxy = start(origin, upstream={"timeouts": {"pool_idle": "100ms"}})
    ask(proxy)
    proxy.metrics_when(lambda m: m.total("gladhand_connections_open", side="upstream") == 0)
    ask(proxy)
    assert [request.connection for request in origin.requests] == [1, 2]


def test_an_idle_connection_that_the_origin_closed_is_not_used(start, origin):
    proxy = start(origin)
    ask(proxy)
    origin.hang_up()
    proxy.metrics_when(lambda m: m.total("gladhand_connections_open", side="upstream") == 0)
    assert ask(proxy)[0] == 200
    assert [request.connection for request in origin.requests] == [1, 2]


@pytest.fixture
def forgetful():
    """Hangs up on the second request of every connection without an answer: a close that crossed the request."""
    seen = set()

    def answer(request, wire):
        if request.connection in seen:
            return Origin.HANG_UP
        seen.add(request.connection)
        return response()
    with Origin(answer) as origin:
        yield origin


def test_a_get_on_a_reused_connection_that_dies_is_sent_again_on_a_fresh_one(start, forgetful):
    proxy = start(forgetful)
    assert ask(proxy, "/1") == (200, "ok")
    assert ask(proxy, "/2") == (200, "ok")
    assert [(request.target, request.connection) for request in forgetful.requests] == [("/1", 1), ("/2", 1), ("/2", 2)]


def test_a_post_on_a_reused_connection_that_dies_is_not_sent_twice(start, forgetful):
    proxy = start(forgetful)
    ask(proxy, "/1")
    assert ask(proxy, "/2", method="POST", fields=["Content-Length: 0"])[0] == 502
    assert [request.target for request in forgetful.requests] == ["/1", "/2"]


def test_a_get_on_a_fresh_connection_that_dies_is_not_sent_again(start):
    with Origin(lambda request, wire: Origin.HANG_UP) as origin:
        assert ask(start(origin))[0] == 502
        assert len(origin.requests) == 1


def test_an_upstream_may_be_a_url_in_the_route(start, named):
    proxy = start(routes=[{"upstream": named("direct").endpoint}], upstreams={"unused": {"endpoints": [dead()]}})
    assert ask(proxy) == (200, "direct")


def test_the_admin_endpoint_is_not_reached_by_a_path_of_a_client(start, origin):
    origin.answer = lambda request, wire: response(b"the origin's")
    assert ask(start(origin), "/metrics") == (200, "the origin's")


def test_the_admin_endpoint_answers_only_to_its_own_names(start, origin):
    proxy = start(origin)
    with Wire.connect(proxy.admin.port) as wire:
        wire.get("/metrics", host="rebound.example")
        got = wire.read_response()
    assert got.status == 403 and b"gladhand_" not in got.body
