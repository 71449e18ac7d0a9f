"""The header fields that reach the origin, and those that come back."""

import pytest

from support.http1 import Wire, response
from support.origin import Origin


def fields_at_origin(proxy, origin, *lines, host="a.test", version="1.1"):
    """What the origin saw of a GET with those lines, whose response was read."""
    with Wire.connect(proxy.http) as wire:
        text = "".join(f"{line}\r\n" for line in lines)
        wire.send(f"GET /path?q=1 HTTP/{version}\r\nHost: {host}\r\n{text}\r\n")
        assert wire.read_response().status == 200
    return origin.last.fields


def test_end_to_end_fields_pass_unchanged_and_in_order(start, origin):
    lines = ["X-B: 1", "X-A: two words", "Cookie: a=b; c=d", "x-b: 3", "Accept: */*", "Authorization: Basic eDp5"]
    fields = fields_at_origin(start(origin), origin, *lines)
    assert [f"{name}: {value}" for name, value in fields if f"{name}: {value}" in lines] == lines
    assert origin.last.start_line == "GET /path?q=1 HTTP/1.1"


@pytest.mark.parametrize("line", [
    "Connection: X-Secret", "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive", "TE: gzip", "Upgrade: h2c",
    "HTTP2-Settings: AAMAAABkAAQAAP__", "Proxy-Authorization: Basic eDp5", "Proxy: http://evil.test"])
def test_a_hop_by_hop_field_ends_at_the_proxy(start, origin, line):
    fields = fields_at_origin(start(origin), origin, line)
    name, _, value = line.partition(": ")
    assert value not in fields.all(name)


def test_fields_that_connection_names_end_at_the_proxy(start, origin):
    fields = fields_at_origin(start(origin), origin, "Connection: X-Secret, x-other", "X-Secret: 1", "X-Other: 2", "X-Third: 3")
    assert "X-Secret" not in fields and "X-Other" not in fields
    assert fields.get("X-Third") == "3"


@pytest.mark.parametrize("name", ["Host", "Authorization", "Cookie", "X-Forwarded-For", "Via", "Content-Length"])
def test_connection_cannot_take_away_what_the_message_means(start, origin, name):
    with Wire.connect(start(origin).http) as wire:
        wire.send("POST / HTTP/1.1\r\nHost: a.test\r\nAuthorization: Basic eDp5\r\nCookie: s=1\r\nContent-Length: 5\r\n"
                  f"Connection: {name}\r\n\r\nhello")
        assert wire.read_response().status == 200
    assert name in origin.last.fields
    assert origin.last.body == b"hello"


def test_te_trailers_passes(start, origin):
    assert fields_at_origin(start(origin), origin, "TE: trailers, deflate;q=0.5", "Connection: TE").get("TE") == "trailers"


def test_the_origin_learns_who_the_client_is(start, origin):
    fields = fields_at_origin(start(origin), origin)
    assert fields.get("X-Forwarded-For") == "127.0.0.1"
    assert fields.get("X-Forwarded-Proto") == "http"
    assert fields.get("X-Forwarded-Host") == "a.test"
    assert fields.get("Forwarded").startswith("for=127.0.0.1;proto=http")
    assert fields.get("Via") == "1.1 gladhand"


def test_the_origin_learns_that_the_client_came_by_https(start, origin, authority):
    proxy = start(origin, tls=True)
    with Wire.connect(proxy.https, authority.client_context()) as wire:
        wire.get()
        wire.read_response()
    assert origin.last.fields.get("X-Forwarded-Proto") == "https"
    assert "proto=https" in origin.last.fields.get("Forwarded")


def test_via_grows_and_tells_the_version_that_was_received(start, origin):
    proxy = start(origin)
    assert fields_at_origin(proxy, origin, "Via: 1.1 first").get("Via") == "1.1 first, 1.1 gladhand"
    assert fields_at_origin(proxy, origin, version="1.0").get("Via") == "1.0 gladhand"


SPOOFED = ["X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: gopher", "X-Forwarded-Host: admin.test", "X-Real-IP: 6.6.6.6",
           "Forwarded: for=6.6.6.6;host=admin.test", "X-Forwarded-Port: 666"]


def test_a_strangers_claims_about_itself_are_overwritten(start, origin):
    fields = fields_at_origin(start(origin), origin, *SPOOFED)
    assert not [value for _, value in fields if "6.6.6.6" in value or "admin.test" in value or value in ("gopher", "666")]
    assert fields.get("X-Forwarded-For") == "127.0.0.1"


def test_a_disguise_with_underscores_is_dropped(start, origin):
    fields = fields_at_origin(start(origin), origin, "X_Forwarded_For: 6.6.6.6", "X_Real_IP: 6.6.6.6", "My_Own: stays")
    assert not [value for _, value in fields if value == "6.6.6.6"]
    assert fields.get("My_Own") == "stays"


def test_a_trusted_proxys_claims_are_kept_and_added_to(start, origin):
    proxy = start(origin, listener={"trusted_proxies": ["127.0.0.0/8"]})
    fields = fields_at_origin(proxy, origin, "X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https", "X-Real-IP: 192.0.2.7",
                              "Forwarded: for=192.0.2.7;proto=https")
    assert fields.get("X-Forwarded-For") == "192.0.2.7, 127.0.0.1"
    assert fields.get("X-Forwarded-Proto") == "https"
    assert fields.get("X-Real-IP") == "192.0.2.7"
    assert fields.get("Forwarded").startswith("for=192.0.2.7;proto=https, for=127.0.0.1")


def test_a_client_outside_the_trusted_networks_stays_a_stranger(start, origin):
    proxy = start(origin, listener={"trusted_proxies": ["10.0.0.0/8"]})
    assert fields_at_origin(proxy, origin, *SPOOFED).get("X-Forwarded-For") == "127.0.0.1"


@pytest.mark.parametrize("setting, sent", [
    ("none", set()), ("x-forwarded", {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}), ("rfc7239", {"forwarded"})])
def test_the_listener_chooses_which_forwarding_fields_are_sent(start, origin, setting, sent):
    fields = fields_at_origin(start(origin, listener={"forwarded": setting}), origin, *SPOOFED)
    assert {name.lower() for name, _ in fields if "forwarded" in name.lower() or "real-ip" in name.lower()} == sent


def test_the_clients_host_is_kept_unless_the_route_says_otherwise(start, origin):
    assert fields_at_origin(start(origin), origin, host="a.test:8443").get("Host") == "a.test:8443"
    fields = fields_at_origin(start(origin, route={"preserve_host": False}), origin)
    assert fields.get("Host") == f"127.0.0.1:{origin.port}"
    assert fields.get("X-Forwarded-Host") == "a.test"


def test_a_target_in_absolute_form_becomes_one_in_origin_form(start, origin):
    with Wire.connect(start(origin).http) as wire:
        wire.send("GET http://a.test/path HTTP/1.1\r\nHost: a.test\r\n\r\n")
        assert wire.read_response().status == 200
    assert origin.last.target == "/path"
    assert origin.last.fields.get("Host") == "a.test"


def test_response_fields_come_back_without_those_of_the_hop(start):
    with Origin(lambda request, wire: response(b"ok", "200 Fine", "Set-Cookie: a=1", "Set-Cookie: b=2", "Keep-Alive: timeout=9",
                                               "Connection: X-Hop", "X-Hop: 1", "X-End: caf\xe9", "Server: origin")) as origin:
        with Wire.connect(start(origin).http) as wire:
            wire.get()
            got = wire.read_response()
    assert got.fields.all("Set-Cookie") == ["a=1", "b=2"]
    assert (got.fields.get("X-End"), got.fields.get("Server")) == ("caf\xe9", "origin")
    assert "Keep-Alive" not in got.fields and "X-Hop" not in got.fields
    assert got.start_line == "HTTP/1.1 200 Fine"


@pytest.mark.parametrize("status", ["201 Created", "301 Moved Permanently", "404 Not Found", "500 Internal Server Error", "599 Own"])
def test_the_origins_status_is_the_clients(start, status):
    with Origin(lambda request, wire: response(b"body", status)) as origin:
        with Wire.connect(start(origin).http) as wire:
            wire.get()
            got = wire.read_response()
    assert got.start_line == f"HTTP/1.1 {status}" and got.body == b"body"
    assert "Proxy-Status" not in got.fields


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_a_response_without_a_body_leaves_the_connection_usable(start, status):
    with Origin(lambda request, wire: f"HTTP/1.1 {status}\r\nETag: \"1\"\r\n\r\n".encode()) as origin:
        with Wire.connect(start(origin).http) as wire:
            for _ in range(2):
                wire.get()
                got = wire.read_response()
                assert got.start_line == f"HTTP/1.1 {status}" and got.fields.get("ETag") == '"1"'
    assert {request.connection for request in origin.requests} == {1}


def test_a_204_has_no_framing_of_a_body(start):
    with Origin(lambda request, wire: b"HTTP/1.1 204 No Content\r\n\r\n") as origin:
        with Wire.connect(start(origin).http) as wire:
            wire.get()
            got = wire.read_response()
    assert "Content-Length" not in got.fields and "Transfer-Encoding" not in got.fields


def test_the_answer_to_head_keeps_its_length_and_has_no_body(start):
    with Origin(lambda request, wire: b"HTTP/1.1 200 OK\r\nContent-Length: 123\r\n\r\n") as origin:
        with Wire.connect(start(origin).http) as wire:
            for _ in range(2):
                wire.send("HEAD / HTTP/1.1\r\nHost: a.test\r\n\r\n")
                assert wire.read_response(to="HEAD").fields.get("Content-Length") == "123"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
def test_other_methods_pass(start, origin, method):
    with Wire.connect(start(origin).http) as wire:
        wire.post(b"body", method=method)
        assert wire.read_response().status == 200
    assert (origin.last.method, origin.last.body) == (method, b"body")


def test_options_for_the_whole_server_passes(start, origin):
    with Wire.connect(start(origin).http) as wire:
        wire.send("OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n")
        assert wire.read_response().status == 200
    assert origin.last.target == "*"
