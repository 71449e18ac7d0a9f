"""Server push and early hints, as nghttp takes them and curl does not."""

import re

import pytest

from support.commands import command, curl
from support.http1 import response
from support.origin import Origin

LINKS = "Link: </style.css>; rel=preload; as=style, </slow.js>; rel=preload; nopush"


def site(request, wire):
    if request.target == "/page":
        return response(b"page", "200 OK", LINKS)
    if request.target == "/hinted":
        return f"HTTP/1.1 103 Early Hints\r\n{LINKS}\r\n\r\n".encode() + response(b"page")
    return response(request.target.encode())


@pytest.fixture
def web():
    with Origin(site) as origin:
        yield origin


def nghttp(url):
    """What happened, without colours."""
    got = command("nghttp", "-v", "--no-verify-peer", url)
    assert got.status == 0, got.errors
    return re.sub(r"\x1b\[[0-9;]*m", "", got.text)


@pytest.mark.parametrize("listener", ["http", "https"])
@pytest.mark.parametrize("page", ["/page", "/hinted"])
def test_what_a_page_preloads_is_pushed_to_nghttp(start, web, listener, page):
    proxy = start(web, tls=True, route={"push": True})
    text = nghttp(proxy.url(page, listener))
    promises = text.split("recv PUSH_PROMISE")[1:]
    assert len(promises) == 1, text
    assert "promised_stream_id=2" in promises[0]
    assert re.search(r"recv \(stream_id=\d+\) :path: /style.css", text)
    assert re.search(r"recv \(stream_id=2\) :status: 200", text) and "/style.css" in text
    assert sorted(request.target for request in web.requests) == sorted([page, "/style.css"])
    assert [request.fields.get("User-Agent").split("/")[0] for request in web.requests] == ["nghttp2"] * 2
    m = proxy.idle_metrics(2)
    assert (m.responses, m.resets) == (2, 0)


def test_nothing_is_pushed_unless_the_route_says_so(start, web):
    assert "PUSH_PROMISE" not in nghttp(start(web).url("/page"))
    assert [request.target for request in web.requests] == ["/page"]


def test_a_client_that_forbids_pushes_is_served_without(start, web):
    proxy = start(web, route={"push": True})
    got = curl("--http2-prior-knowledge", "-D", "-", proxy.url("/page"))
    assert got.status == 0 and got.text.endswith("page") and "link: </style.css>" in got.text.lower()
    assert [request.target for request in web.requests] == ["/page"]


@pytest.mark.parametrize("version, said", [("--http1.1", "HTTP/1.1 103"), ("--http2-prior-knowledge", "HTTP/2 103")])
def test_early_hints_reach_every_client(start, web, version, said):
    got = curl(version, "-D", "-", start(web).url("/hinted"))
    assert got.status == 0, got.errors
    head = got.text.split("\r\n\r\n")[0]
    assert head.startswith(said) and "link: </style.css>" in head.lower()
    assert got.text.endswith("page")
