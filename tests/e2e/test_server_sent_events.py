"""Server-sent events: small pieces of a response that has no end, each wanted at once."""

import pytest

from support.commands import start_curl
from support.node import Server
from support.process import eventually


@pytest.fixture(params=["http", "h2c"])
def origin(request):
    with Server("event_origin.js", request.param, scheme=request.param) as origin:
        yield origin


@pytest.fixture(params=[("http", "--http1.1"), ("http", "--http2-prior-knowledge"), ("https", "--http1.1"), ("https", "--http2")],
                ids=["h1", "h2c", "h1-tls", "h2-tls"])
def follow(request, start, authority):
    """Starts a proxy before the origin and a curl that prints events as they come."""
    (listener, version), started = request.param, []

    def follow(origin):
        proxy = start(origin, tls=True)
        curl = start_curl("--no-buffer", version, "--cacert", authority.ca_file, "-H", "Last-Event-ID: 7", proxy.url("/events", listener))
        started.append(curl)
        return proxy, curl
    follow.is_http2 = version.startswith("--http2")
    yield follow
    for curl in started:
        curl.kill()
        curl.communicate()


def read(curl, *expected):
    """curl gives up by itself when they do not come."""
    for line in expected:
        assert curl.stdout.readline().decode().rstrip("\n") == line


def test_each_event_comes_before_the_next_is_produced(follow, origin):
    proxy, curl = follow(origin)
    assert origin.line() == "open 7"
    read(curl, ": hello", "")
    for number in range(50):
        origin.say(f"event {number}")
        read(curl, f"data: event {number}", "")
    origin.say(".")
    assert curl.wait() == 0
    assert origin.line() == "closed"
    m = proxy.idle_metrics(1)
    assert (m.responses, m.resets) == (1, 0)


def test_an_origin_hears_that_its_listener_has_gone(follow, origin):
    """Of HTTP/1.1 a FIN says only that no more requests come: the next events find nobody."""
    _, curl = follow(origin)
    assert origin.line() == "open 7"
    read(curl, ": hello", "")
    curl.kill()
    if not follow.is_http2:
        eventually(lambda: origin.say("is anybody there?") or origin.has_said_more(), "the origin hears")
    assert origin.line() == "closed"
