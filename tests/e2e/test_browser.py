"""Chromium, with a page that tries what pages do."""

import hashlib
import json
import queue

import pytest

from support.browser import Browser
from support.http1 import chunked, response
from support.node import SCRIPTS, Server
from support.origin import Origin
from support.process import SLACK

PLAN = {
    "protocol": {"attempt": "protocol"},
    "timing": {"attempt": "timing"},
    "upload": {"attempt": "upload", "size": 5 << 20},
    "together": {"attempt": "together", "count": 150},
    "chat": {"attempt": "chat", "url": "/chat?room=1", "size": 300_000},
    "events": {"attempt": "events", "count": 5},
}


class Site(Origin):
    """Serves the page and what it asks for, and keeps what it reports."""

    def __init__(self):
        super().__init__(self._answer)
        self.reports = queue.Queue()

    def _answer(self, request, wire):
        path = request.target.partition("?")[0]
        if path == "/":
            return response((SCRIPTS / "page.html").read_bytes(), "200 OK", "Content-Type: text/html")
        if path == "/plan":
            return response(json.dumps(PLAN).encode())
        if path == "/digest":
            return response(hashlib.sha256(request.body).hexdigest().encode())
        if path == "/number":
            return response(request.target.encode())
        if path == "/events":
            return self._two_events(int(request.fields.get("Last-Event-ID") or 0))
        if path == "/report":
            self.reports.put(json.loads(request.body))
            return response()
        return response(b"", "404 Not Found")

    @staticmethod
    def _two_events(last):
        events = [f"id: {number}\nretry: 20\ndata: event\n\n".encode() for number in (last + 1, last + 2)]
        return b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(*events)


@pytest.fixture(scope="module", params=["h2", "http/1.1"])
def visit(request, start_for_module, authority):
    """(the version that the listener prefers, what the page saw, the proxy)"""
    protocols = ["h2", "http/1.1"] if request.param == "h2" else ["http/1.1"]
    with Site() as site, Server("websocket_echo.js") as echo:
        proxy = start_for_module(
            tls=True, listener={"protocols": protocols}, routes=[{"match": {"path": "/chat"}, "upstream": "echo"}, {"upstream": "site", "server_timing": True}],
            upstreams={"echo": {"endpoints": [echo.endpoint]}, "site": {"endpoints": [site.endpoint]}})
        directory = start_for_module.directory()
        with Browser(proxy.url("/", "https"), directory, authority.localhost) as browser:
            try:
                report = site.reports.get(timeout=20 * SLACK)
            except queue.Empty:
                raise AssertionError(f"the page reported nothing:\n{browser.errors}") from None
            yield request.param, report, proxy


def test_a_page_comes_by_the_version_that_was_agreed_on(visit):
    version, report, _ = visit
    assert report["protocol"] == version


def test_a_page_is_told_how_it_came_about(visit):
    _, report, _ = visit
    assert {"tls", "queue", "origin"} <= set(report["timing"]) <= {"tcp", "tls", "queue", "connect", "origin"}
    assert report["timing"]["tls"] > 0 and report["timing"]["origin"] > 0


def test_a_page_uploads_five_mebibytes(visit):
    _, report, _ = visit
    assert report["upload"] == {"status": 200, "isSame": True}


def test_many_fetches_at_once_each_get_their_own_answer(visit):
    version, report, proxy = visit
    assert report["together"] is True
    if version == "h2":
        # One for all requests, perhaps one that was opened ahead, and one for a WebSocket that is not on HTTP/2.
        assert proxy.metrics().total("gladhand_connections_total", side="client", name="https") <= 3


def test_a_page_chats_by_web_socket(visit):
    _, report, _ = visit
    assert report["chat"] == {
        "greeting": {"path": "/chat?room=1", "forwarded": "https", "extensions": "permessage-deflate"},
        "isSame": True, "code": 4001, "wasClean": True}


def test_a_page_gets_events_and_comes_back_for_more(visit):
    _, report, _ = visit
    assert report["events"] == [f"{number} event" for number in range(1, 6)]
