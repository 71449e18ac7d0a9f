"""The access log: one line of JSON for each exchange, whatever a client writes into its request."""

import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import pytest

from support.commands import command
from support.http1 import Wire, chunked, response
from support.origin import Origin
from support.process import eventually, run_binary


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


def test_no_line_is_lost_while_files_are_rotated_under_traffic(start, origin, tmp_path):
    path = tmp_path / "access.log"
    proxy = start(origin, server={"workers": 2}, log={"access": {"file": str(path)}})
    clients, requests = 4, 60

    def ask(client):
        for n in range(requests):
            exchange(proxy, f"GET /{client}/{n} HTTP/1.1\r\nHost: a.test\r\n\r\n")

    with ThreadPoolExecutor(clients) as pool:
        asked = [pool.submit(ask, client) for client in range(clients)]
        rotations = 0
        while not all(done.done() for done in asked) or rotations < 3:
            rotations += 1
            path.rename(tmp_path / f"access.log.{rotations}")
            proxy.signal(signal.SIGUSR1)
            eventually(path.exists, "a new file")
            time.sleep(0.02)
        for done in asked:
            done.result()
    proxy.stop()
    lines = [json.loads(line) for file in tmp_path.glob("access.log*") for line in file.read_text().splitlines()]
    assert sorted(line["target"] for line in lines) == sorted(f"/{client}/{n}" for client in range(clients) for n in range(requests))


# ---- header fields

FIELDS = {"request_headers": ["User-Agent", "x-request-id", "authorization", "Cookie", "accept"],
          "response_headers": ["content-type", "set-cookie", "x-answer"]}


def answering(request, wire):
    return response(b"ok", "200 OK", "Content-Type: text/plain", "X-Answer: forty", "X-Answer: two", "Set-Cookie: session=secret")


def test_header_fields_are_logged_as_they_were_asked_for_and_secrets_are_not(start):
    with Origin(answering) as origin:
        proxy = start(origin, log={"access": FIELDS})
        exchange(proxy, "GET /1 HTTP/1.1\r\nHost: a.test\r\nX-Request-ID: 7\r\nuser-agent: agent/1\r\nAuthorization: Basic secret\r\n"
                        "Cookie: session=secret\r\nX-Other: other\r\n\r\n")
        exchange(proxy, "GET /2 HTTP/1.1\r\nHost: a.test\r\nAccept:\r\n\r\n")
        first, second = proxy.log_lines(2)
    assert list(first["request_headers"].items()) == [("user-agent", "agent/1"), ("x-request-id", "7"), ("authorization", "[redacted]"), ("cookie", "[redacted]")]
    assert first["response_headers"] == {"content-type": "text/plain", "set-cookie": "[redacted]", "x-answer": "forty, two"}
    assert second["request_headers"] == {"accept": ""}, "what was there, if only in name"
    logged = (proxy.directory / "stdout").read_text()
    assert "secret" not in logged and "other" not in logged


def test_over_http2_it_is_the_same(start):
    with Origin(answering) as origin:
        proxy = start(origin, tls=True, log={"access": FIELDS})
        done = command("curl", "--silent", "--insecure", "--http2", "--output", "/dev/null", "--user-agent", "agent/2", "--header", "X-Request-ID: 8",
                       "--header", "Cookie: session=secret", proxy.url("/", "https"))
        assert done.status == 0, done.errors
        line, = proxy.log_lines(1)
    assert line["version"] == "2"
    assert line["request_headers"] == {"user-agent": "agent/2", "x-request-id": "8", "cookie": "[redacted]", "accept": "*/*"}
    assert line["response_headers"] == {"content-type": "text/plain", "set-cookie": "[redacted]", "x-answer": "forty, two"}


def test_answers_of_the_proxy_itself_are_logged_with_their_fields(start, origin):
    proxy = start(origin, route={"match": {"host": "a.test"}}, log={"access": {"request_headers": "x-id", "response_headers": ["proxy-status", "content-type"]}})
    exchange(proxy, "GET / HTTP/1.1\r\nHost: z.test\r\nX-Id: 1\r\n\r\n")
    exchange(proxy, "nonsense\r\n\r\n")
    no_route, bad = proxy.log_lines(2)
    assert no_route["request_headers"] == {"x-id": "1"}
    assert no_route["response_headers"]["proxy-status"].startswith("gladhand; error=destination_not_found")
    assert no_route["response_headers"]["content-type"] == "text/plain; charset=utf-8"
    assert "request_headers" not in bad and bad["response_headers"]["proxy-status"].startswith("gladhand; error=http_request_error")


def test_answers_of_plugins_and_the_openings_of_tunnels_are_logged_with_their_fields(start):
    opening = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\nX-Answer: open\r\n\r\n"
    with Origin(lambda request, wire: opening) as origin:
        routes = [{"match": {"path": "/old"}, "upstream": "app", "plugins": [{"name": "redirect", "https": True}]}, {"upstream": "app"}]
        proxy = start(origin, routes=routes, log={"access": {"response_headers": ["location", "x-answer"]}})
        assert exchange(proxy, "GET /old HTTP/1.1\r\nHost: a.test\r\n\r\n").status in (301, 302, 307, 308)
        with Wire.connect(proxy.http) as wire:
            wire.send("GET /chat HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n")
            assert wire.read_response_head().status == 101
        redirected, opened = proxy.log_lines(2)
    assert redirected["response_headers"] == {"location": "https://a.test/old"}
    assert opened["status"] == 101 and opened["response_headers"] == {"x-answer": "open"}


def test_what_is_redacted_is_the_operators_choice_and_follows_a_reload(start, origin):
    proxy = start(origin, log={"access": {"request_headers": ["x-token", "cookie"], "redact": ["X-Token"]}})
    request = "GET / HTTP/1.1\r\nHost: a.test\r\nX-Token: secret\r\nCookie: a=b\r\n\r\n"
    exchange(proxy, request)
    proxy.config.write_text(proxy.config.read_text().replace('["X-Token"]', "[]"))
    assert run_binary("reload", "--admin", f"127.0.0.1:{proxy.admin.port}").returncode == 0
    exchange(proxy, request)
    before, after = proxy.log_lines(2)
    assert before["request_headers"] == {"x-token": "[redacted]", "cookie": "a=b"}
    assert after["request_headers"] == {"x-token": "secret", "cookie": "a=b"}


def test_fields_are_not_logged_unless_somebody_asks(start, origin):
    proxy = start(origin)
    exchange(proxy, "GET / HTTP/1.1\r\nHost: a.test\r\nAccept: */*\r\n\r\n")
    line, = proxy.log_lines(1)
    assert "request_headers" not in line and "response_headers" not in line


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_field_cannot_break_a_line_and_is_cut(start, origin, name):
    names = [f"x-{n}" for n in range(16)]
    proxy = start(origin, log={"access": {"request_headers": names, "response_headers": names}})
    text = HOSTILE[name][:1000]
    assert exchange(proxy, "GET /1 HTTP/1.1\r\nHost: a.test\r\n" + "".join(f"X-{n}: {text}\r\n" for n in range(16)) + "\r\n").status == 200
    line, = proxy.log_lines(1)
    raw = (proxy.directory / "stdout").read_bytes()
    assert raw.count(b"\n") == 1 and len(raw) < 64 * 1024
    logged = raw.decode("utf-8")
    assert not [c for c in logged if (ord(c) < 0x20 and c != "\n") or 0x7f <= ord(c) < 0xa0 or c in "\u2028\u2029\u202e"]
    assert len(line["request_headers"]) == 16
    if len(text) == 1000:
        assert line["request_headers"]["x-0"].endswith("…")
    for value in line["request_headers"].values():
        assert len(json.dumps(value, ensure_ascii=False).encode()) <= 512 + len('"…"'.encode())


def test_the_log_may_be_off(start, origin):
    proxy = start(origin, log={"access": {"format": "off"}})
    exchange(proxy, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
    proxy.stop()
    assert proxy.output == ""
