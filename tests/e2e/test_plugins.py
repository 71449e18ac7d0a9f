"""Plugins in the shipped binary: each shipped one, one from outside, and configurations that cannot be."""

import base64
import json
import os
import re
import subprocess
import zlib

import pytest

from support.commands import command, curl, s_client
from support.http1 import Wire, chunked, response
from support.node import Server
from support.origin import Origin
from support.ports import free_port
from support.process import BINARY, PATIENCE, PROJECT, Process, eventually, run_binary
from support.proxy import Admin

SDK = PROJECT / "plugins"
TEXT = b"the quick brown fox jumps over the lazy dog. " * 200


def fields_of(text):
    """Of what curl --include printed: status, {name: [values]}, body."""
    head, _, body = text.partition("\r\n\r\n")
    lines = head.split("\r\n")
    fields = {}
    for line in lines[1:]:
        name, _, value = line.partition(": ")
        fields.setdefault(name.lower(), []).append(value)
    return int(lines[0].split(" ")[1]), fields, body


def ask(*arguments):
    got = curl("--include", *arguments)
    assert got.status == 0, got.errors
    return fields_of(got.text)


def plugin(name, **options):
    return {"name": name, **options}


# ---- headers

@pytest.mark.parametrize("version", ["--http1.1", "--http2-prior-knowledge"])
def test_headers_are_set_added_and_removed_on_the_way_there_and_back(start, version):
    with Origin(lambda request, wire: response(b"ok", "200 OK", "X-Old: 1", "X-Powered-By: secret", "X-Both: origin")) as origin:
        proxy = start(origin, route={"plugins": [plugin(
            "headers", request_set={"X-Tenant": "shop"}, request_add={"X-More": ["a", "b"]}, request_remove="X-Drop",
            reply_set={"X-Old": "2"}, reply_add={"X-Both": "proxy"}, reply_remove=["X-Powered-By"])]})
        status, fields, body = ask(version, "-H", "X-Drop: me", "-H", "X-Tenant: forged", proxy.url())
    assert (status, body) == (200, "ok")
    assert fields["x-old"] == ["2"] and fields["x-both"] == ["origin", "proxy"] and "x-powered-by" not in fields
    came = origin.last.fields
    assert came.get("X-Tenant") == "shop" and came.all("X-More") == ["a", "b"] and "X-Drop" not in came


def test_the_listeners_plugins_come_before_the_routes_and_see_replies_after_them(start, origin):
    proxy = start(origin, listener={"plugins": [plugin("headers", request_set={"X-Who": "listener"}, reply_set={"X-Who": "listener"})]},
                  route={"plugins": [plugin("headers", request_set={"X-Who": "route"}, reply_set={"X-Who": "route"})]})
    _, fields, _ = ask(proxy.url())
    assert fields["x-who"] == ["listener"]
    assert origin.last.fields.get("X-Who") == "route"


# ---- redirect

def test_redirect_sends_clients_to_https_and_leaves_those_that_are_there(start, origin, authority):
    proxy = start(origin, tls=True, listener={"plugins": [plugin("redirect", https=True)]})
    status, fields, _ = ask("-H", "Host: shop.example:8080", proxy.url("/a?b=c"))
    assert (status, fields["location"]) == (308, ["https://shop.example/a?b=c"])
    assert curl("--cacert", authority.ca_file, proxy.url("/", "https")).text == "ok"
    m = proxy.idle_metrics(2)
    assert m.total("gladhand_local_replies_total", error="answered_by_plugin") == 1


def test_redirect_answers_even_where_no_route_would(start, origin):
    proxy = start(origin, listener={"plugins": [plugin("redirect", to="/new{path}{query}", status=302)]}, route={"match": {"path": "/only"}})
    status, fields, _ = ask(proxy.url("/old?x"))
    assert (status, fields["location"]) == (302, ["/new/old?x"])
    assert origin.requests == []


# ---- rate_limit

def test_rate_limit_answers_429_and_says_when_to_come_back(start, origin):
    proxy = start(origin, route={"plugins": [plugin("rate_limit", requests=3, per="1h", key="header:X-Key")]}, server={"workers": 2})
    def status_of(key):
        return ask("-H", f"X-Key: {key}", proxy.url())
    assert [status_of("a")[0] for _ in range(5)] == [200, 200, 200, 429, 429], "whichever worker is asked"
    assert int(status_of("a")[1]["retry-after"][0]) in range(1100, 1201)
    assert status_of("b")[0] == 200
    assert len(origin.requests) == 4


# ---- ip_filter

def test_ip_filter_answers_403_on_a_route(start, origin):
    proxy = start(origin, routes=[{"match": {"path": "/in"}, "upstream": "app", "plugins": [plugin("ip_filter", allow=["127.0.0.0/8", "::1"])]},
                                  {"upstream": "app", "plugins": [plugin("ip_filter", deny="127.0.0.1")]}])
    assert curl(proxy.url("/in")).text == "ok"
    assert ask(proxy.url("/out"))[0] == 403


def test_ip_filter_closes_connections_on_a_listener(start, origin):
    proxy = start(origin, listener={"plugins": [plugin("ip_filter", allow="192.0.2.0/24", at="handshake")]})
    assert curl(proxy.url()).status in (52, 56), "an empty reply, or a reset"
    proxy.metrics_when(lambda m: m.total("gladhand_handshakes_total", side="client", result="refused_by_plugin") == 1)
    assert origin.requests == []


# ---- basic_auth

@pytest.fixture
def users(tmp_path):
    path = tmp_path / "users.htpasswd"
    assert command("htpasswd", "-nbB", "alice", "secret").status == 0
    path.write_bytes(command("htpasswd", "-nbB", "alice", "secret").output.strip() + b"\n")
    return path


def test_basic_auth_lets_in_who_knows_the_password(start, origin, users):
    proxy = start(origin, listener={"plugins": [plugin("headers", reply_set={"X-Frame-Options": "DENY"})]},
                  route={"plugins": [plugin("basic_auth", users=str(users), realm="back office")]})
    status, fields, _ = ask(proxy.url())
    assert (status, fields["www-authenticate"]) == (401, ['Basic realm="back office", charset="UTF-8"'])
    assert fields["x-frame-options"] == ["DENY"], "what a plugin answers passes those before it"
    assert ask("-u", "alice:wrong", proxy.url())[0] == 401
    assert ask("-u", "bob:secret", proxy.url())[0] == 401
    assert origin.requests == []
    for _ in range(3):
        assert ask("-u", "alice:secret", proxy.url())[0] == 200
    assert all("Authorization" not in request.fields for request in origin.requests)


def test_others_are_served_while_a_password_is_verified(start, origin, tmp_path):
    slow = tmp_path / "slow.htpasswd"
    slow.write_bytes(command("htpasswd", "-nbB", "-C", "13", "alice", "secret").output.strip() + b"\n")
    proxy = start(origin, routes=[{"match": {"path": "/free"}, "upstream": "app"},
                                  {"upstream": "app", "plugins": [plugin("basic_auth", users=str(slow))]}])
    wire = Wire.connect(proxy.http)
    secret = base64.b64encode(b"alice:secret").decode()
    wire.send(f"GET /closed HTTP/1.1\r\nHost: a\r\nAuthorization: Basic {secret}\r\n\r\n")
    assert curl(proxy.url("/free")).text == "ok"
    assert [request.target for request in origin.requests] == ["/free"]
    assert wire.read_response().status == 200
    # One that goes away meanwhile harms nobody.
    wire = Wire.connect(proxy.http)
    wire.send(f"GET /closed HTTP/1.1\r\nHost: a\r\nAuthorization: Basic {base64.b64encode(b'alice:other').decode()}\r\n\r\n")
    wire.close()
    assert curl(proxy.url("/free")).text == "ok"


# ---- handshake_guard

def test_handshake_guard_refuses_old_versions_of_tls(start, origin, authority):
    proxy = start(origin, tls=True, listener={"plugins": [plugin("handshake_guard", tls_versions="1.2")]})
    url = proxy.url("/", "https")
    assert curl("--cacert", authority.ca_file, "--tlsv1.3", url).text == "ok"
    assert curl("--cacert", authority.ca_file, "--tls-max", "1.2", url).status != 0
    assert curl(proxy.url()).text == "ok", "without TLS it is none of both"
    proxy.metrics_when(lambda m: m.total("gladhand_handshakes_total", result="refused_by_plugin") == 1)


def test_handshake_guard_marks_connections_for_the_log_and_for_upstreams(start, origin, authority):
    proxy = start(origin, tls=True, log={"access": {"file": "stdout"}},
                  listener={"plugins": [plugin("handshake_guard", no_sni=True, tls_versions=["1.2", "1.3"], tag="no-name", tag_field="X-Handshake")]})
    assert curl("--cacert", authority.ca_file, proxy.url("/", "https"), "-H", "X-Handshake: forged").text == "ok"
    assert "X-Handshake" not in origin.last.fields
    url = f"https://127.0.0.1:{proxy.https}/"  # no server name is sent of an address
    assert curl("--cacert", authority.ca_file, url).text == "ok"
    assert origin.last.fields.get("X-Handshake") == "no-name"
    first, second = (line for line in proxy.log_lines(2) if line["event"] == "exchange")
    assert "tag" not in first["client"] and second["client"]["tag"] == "no-name"


def test_handshake_guard_knows_resumed_sessions(start, origin, authority, tmp_path):
    proxy = start(origin, tls=True, route={"plugins": [plugin("handshake_guard", resumed=False, tls_versions="1.3")]})
    session = tmp_path / "session"
    def ask_on(*options):
        return s_client(proxy.https, "-tls1_3", "-ign_eof", "-quiet", *options, stdin=b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").output
    assert b" 403 " in ask_on("-sess_out", session)
    assert b" 200 " in ask_on("-sess_in", session)


# ---- compress

def text_origin(*fields, body=TEXT, status="200 OK"):
    return Origin(lambda request, wire: response(b"" if request.method == "HEAD" else body, status, "Content-Type: text/html; charset=utf-8", *fields))


@pytest.mark.parametrize("version", ["--http1.1", "--http2-prior-knowledge"])
@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_compress_sends_fewer_bytes_that_mean_the_same(start, version, encoding):
    with text_origin('ETag: "v1"', "Accept-Ranges: bytes") as origin:
        proxy = start(origin, route={"plugins": ["compress"]})
        got = curl(version, "--include", "--compressed", "-H", f"Accept-Encoding: {encoding}", proxy.url())
        status, fields, body = fields_of(got.text)
        plain = curl(version, "--include", proxy.url())
    assert (status, body.encode()) == (200, TEXT)
    assert fields["content-encoding"] == [encoding] and fields["vary"] == ["Accept-Encoding"]
    assert fields["etag"] == ['W/"v1"'] and "accept-ranges" not in fields and "content-length" not in fields
    _, fields, body = fields_of(plain.text)
    assert body.encode() == TEXT and "content-encoding" not in fields
    assert fields["vary"] == ["Accept-Encoding"] and fields["etag"] == ['"v1"'] and fields["content-length"] == [str(len(TEXT))]
    m = proxy.idle_metrics(2)
    assert len(TEXT) < m.total("gladhand_http_response_body_bytes_total") < len(TEXT) * 1.2


def test_compress_prefers_what_the_client_prefers(start):
    with text_origin() as origin:
        proxy = start(origin, route={"plugins": ["compress"]})
        def encoding_for(accepted):
            return ask("--output", "/dev/null", "--dump-header", "-", "-H", f"Accept-Encoding: {accepted}", proxy.url())[1].get("content-encoding", ["none"])[0]
        assert [encoding_for(a) for a in ("gzip, br", "br;q=0.5, gzip", "gzip;q=0", "*", "identity", "deflate, gzip;q=0.001")] == \
            ["br", "gzip", "none", "br", "none", "gzip"]


@pytest.mark.parametrize("fields, body", [
    (["Content-Encoding: zstd"], TEXT), (["Cache-Control: public, no-transform"], TEXT), (["Content-Digest: sha-256=:AA==:"], TEXT), ([], b"short"),
], ids=["encoded", "no-transform", "digest", "small"])
def test_compress_leaves_replies_alone_that_it_should(start, fields, body):
    with text_origin(*fields, body=body) as origin:
        proxy = start(origin, route={"plugins": ["compress"]})
        _, came, text = ask("-H", "Accept-Encoding: gzip, br", proxy.url())
    assert text.encode() == body and came["content-length"] == [str(len(body))]
    assert came.get("content-encoding") == ([f.split(": ")[1] for f in fields if f.startswith("Content-Encoding")] or None)


def test_compress_leaves_ranges_images_and_heads_of_what_is_not_compressed_alone(start):
    def answer(request, wire):
        if request.target == "/range":
            return response(TEXT[:2000], "206 Partial Content", "Content-Type: text/plain", f"Content-Range: bytes 0-1999/{len(TEXT)}")
        if request.target == "/image":
            return response(TEXT, "200 OK", "Content-Type: image/png")
        return f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(TEXT)}\r\n\r\n".encode()
    with Origin(answer) as origin:
        proxy = start(origin, route={"plugins": ["compress"]})
        for path in ("/range", "/image"):
            assert "content-encoding" not in ask("-H", "Accept-Encoding: gzip", proxy.url(path))[1]
        _, fields, _ = ask("--head", proxy.url("/head"))
    assert fields["vary"] == ["Accept-Encoding"] and fields["content-length"] == [str(len(TEXT))] and "content-encoding" not in fields


@pytest.mark.parametrize("version", ["--http1.1", "--http2-prior-knowledge"])
def test_head_is_told_what_get_would_be(start, version):
    def answer(request, wire):
        whole = response(TEXT, "200 OK", "Content-Type: text/plain", 'ETag: "v1"')
        return whole[:-len(TEXT)] if request.method == "HEAD" else whole
    with Origin(answer) as origin:
        proxy = start(origin, route={"plugins": ["compress"]})
        _, of_head, body = ask(version, "--head", "-H", "Accept-Encoding: gzip", proxy.url())
        _, of_get, _ = ask(version, "--output", "/dev/null", "--dump-header", "-", "-H", "Accept-Encoding: gzip", proxy.url())
    assert body == "" and of_head["content-encoding"] == ["gzip"] and of_head["etag"] == ['W/"v1"']
    for fields in (of_head, of_get):
        assert "content-length" not in fields
        fields.pop("date", None), fields.pop("transfer-encoding", None)
    assert of_head == of_get


def test_a_client_that_comes_back_keeps_its_compressed_copy(start):
    def answer(request, wire):
        if '"v1"' in (request.fields.get("If-None-Match") or ""):
            return b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\n\r\n'
        return response(TEXT, "200 OK", "Content-Type: text/plain", 'ETag: "v1"')
    with Origin(answer) as origin:
        proxy = start(origin, route={"plugins": ["compress"]})
        def ask_again(*arguments):
            return ask("--output", "/dev/null", "--dump-header", "-", "-H", "Accept-Encoding: gzip", *arguments, proxy.url())
        tag, = ask_again()[1]["etag"]
        status, fields, _ = ask_again("-H", f"If-None-Match: {tag}")
        assert (status, fields["etag"], fields["vary"]) == (304, [tag], ["Accept-Encoding"]) and tag == 'W/"v1"'
        status, fields, _ = ask_again("-H", 'If-None-Match: "v1"')
        assert (status, fields["etag"]) == (304, ['"v1"']) and "vary" not in fields


def test_compress_leaves_replies_without_a_body_alone(start):
    with Origin(lambda request, wire: b"HTTP/1.1 204 No Content\r\nContent-Type: text/plain\r\n\r\n") as origin:
        proxy = start(origin, route={"plugins": ["compress"]})
        status, fields, _ = ask("-H", "Accept-Encoding: gzip", proxy.url())
    assert status == 204 and "content-encoding" not in fields and "vary" not in fields


def test_a_client_of_http_1_0_gets_a_long_body_compressed_to_its_end(start):
    body = TEXT * 100
    with text_origin(body=body) as origin:
        proxy = start(origin, route={"plugins": [plugin("compress", encodings="gzip")]})
        got = curl("--http1.0", "--compressed", proxy.url())
        assert (got.status, got.output) == (0, body)


def test_compress_sends_what_has_come_before_more_comes(start):
    go_on = []
    def answer(request, wire):
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        eventually(lambda: go_on)
        return b"6\r\nsecond\r\n0\r\nX-Trailer: yes\r\n\r\n"
    with Origin(answer) as origin:
        proxy = start(origin, route={"plugins": [plugin("compress", encodings="gzip")]})
        wire = Wire.connect(proxy.http)
        wire.send(b"GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nTE: trailers\r\n\r\n")
        decoder, text, raw = zlib.decompressobj(31), b"", b""
        while b"\r\n\r\n" not in raw:
            raw += wire.sock.recv(4096)
        rest = raw.partition(b"\r\n\r\n")[2]
        while text != b"first":
            while not (piece := re.match(rb"([0-9a-f]+)\r\n", rest)) or len(rest) < piece.end() + int(piece[1], 16) + 2:
                rest += wire.sock.recv(4096)
            size = int(piece[1], 16)
            text += decoder.decompress(rest[piece.end():piece.end() + size])
            rest = rest[piece.end() + size + 2:]
        go_on.append(True)
        while not rest.endswith(b"0\r\nX-Trailer: yes\r\n\r\n"):
            assert (more := wire.sock.recv(4096)), rest
            rest += more


def test_compress_never_touches_server_sent_events(start):
    with Server("event_origin.js", "http", scheme="http") as origin:
        proxy = start(origin, route={"plugins": [plugin("compress", types=["text/*"], min_size=0)]})
        wire = Wire.connect(proxy.http)
        wire.send(b"GET /events HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip, br\r\n\r\n")
        assert origin.line() == "open -"
        came = b""
        for event in ("one", "two"):
            origin.say(event)
            while f"data: {event}\n\n".encode() not in came:
                came += wire.sock.recv(4096)
        assert b"content-encoding" not in came.lower()


def test_a_large_body_is_compressed_at_the_speed_of_its_reader(start, authority):
    body = TEXT * 400
    with Origin(lambda request, wire: b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(*[TEXT] * 400)) as origin:
        proxy = start(origin, tls=True, route={"plugins": ["compress"]})
        for version in ("--http1.1", "--http2"):
            got = curl(version, "--cacert", authority.ca_file, "--compressed", "--limit-rate", "10M", proxy.url("/", "https"))
            assert got.output == body


# ---- plugins from outside

EXAMPLE = re.search(r"```c\n(.*?)```", (PROJECT / "plugins" / "README.md").read_text(), re.S)[1]
BUILD = re.search(r"^gcc .*greet.*$", (PROJECT / "plugins" / "README.md").read_text(), re.M)[0]


def build(directory, source, name="greet"):
    """As plugins/README.md says, in a folder where there is nothing but the header and the source."""
    (directory / "gladhand_plugin.h").write_bytes((SDK / "sdk" / "gladhand_plugin.h").read_bytes())
    (directory / f"{name}.c").write_text(source)
    done = subprocess.run(BUILD.replace("greet", name), shell=True, cwd=directory, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return directory / f"{name}.so"


def config(directory, plugins, more=""):
    text = f"""[server]
admin = "127.0.0.1:{free_port()}"
[[listener]]
address = "127.0.0.1:{free_port()}"
[[route]]
upstream = "http://127.0.0.1:9"
plugins = {plugins}
{more}"""
    (directory / "gladhand.toml").write_text(text)
    return run_binary("validate", "--json", "-c", "gladhand.toml", cwd=directory), text


def errors(directory, plugins, more=""):
    done, _ = config(directory, plugins, more)
    return [(error["code"], error["line"], error["column"], error["message"]) for error in json.loads(done.stdout)]


def test_the_example_of_the_readme_works_from_a_folder_of_its_own(tmp_path, origin):
    build(tmp_path, EXAMPLE)
    port, admin_port = free_port(), free_port()
    (tmp_path / "gladhand.toml").write_text(f"""[server]
admin = "127.0.0.1:{admin_port}"
[plugin.greet]
path = "greet.so"
[[listener]]
address = "127.0.0.1:{port}"
[[route]]
upstream = "{origin.endpoint}"
plugins = [{{ name = "greet", greeting = "hello" }}]
""")
    proxy = Process(["run", "--config", "gladhand.toml"], tmp_path)
    eventually(Admin(admin_port).is_ready)
    try:
        _, fields, _ = ask(f"http://127.0.0.1:{port}/")
        assert fields["x-greeting"] == ["hello 127.0.0.1"]
        assert ask("-H", "Accept: text/rude", f"http://127.0.0.1:{port}/")[0] == 406
    finally:
        proxy.stop()


def test_an_installed_gladhand_has_what_plugins_are_built_with(tmp_path):
    root, source = tmp_path / "root", tmp_path / "source"
    done = subprocess.run(["cmake", "--install", BINARY.parent, "--component", "development"], env={**os.environ, "DESTDIR": str(root)},
                          capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    header, = (path for path in root.rglob("*") if path.is_file())
    assert header.parent.match("include/gladhand")
    source.mkdir()
    (source / "greet.c").write_text(EXAMPLE)
    done = subprocess.run(f"{BUILD} -I{header.parent}", shell=True, cwd=source, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert errors(source, '[{ name = "greet", greeting = "hello" }]', '[plugin.greet]\npath = "greet.so"') == []


def test_a_plugin_of_another_version_is_one_clear_error(tmp_path):
    build(tmp_path, EXAMPLE.replace(".abi = GLADHAND_ABI", ".abi = 99"), "old")
    found, = errors(tmp_path, '["old"]', '[plugin.old]\npath = "old.so"')
    assert found[:3] == ("E056", 9, 8) and "version 99" in found[3] and "old.so" in found[3]


@pytest.mark.parametrize("content, code, words", [(None, "E050", "missing.so"), (b"not ELF\n", "E056", "cannot load")])
def test_a_plugin_that_is_not_there_or_is_none_is_one_clear_error(tmp_path, content, code, words):
    if content:
        (tmp_path / "missing.so").write_bytes(content)
    found, = errors(tmp_path, '["mine"]', '[plugin.mine]\npath = "missing.so"')
    assert found[:3] == (code, 9, 8) and words in found[3]


def test_a_library_that_is_no_plugin_is_one_clear_error(tmp_path):
    build(tmp_path, "int other_entry(void);\nint other_entry(void) { return 1; }\n", "other")
    found, = errors(tmp_path, '["other"]', '[plugin.other]\npath = "other.so"')
    assert found[0] == "E056" and "gladhand_plugin_entry" in found[3]


@pytest.mark.parametrize("plugins, code, words", [
    ('["comprss"]', "E031", "`comprss` is not defined"),
    ('[{ name = "rate_limit", requets = 1 }]', "E012", "no option `requets`"),
    ('[{ name = "rate_limit" }]', "E011", "no `requests`"),
    ('[{ name = "rate_limit", requests = "many" }]', "E013", "must be an integer"),
    ('[{ name = "rate_limit", requests = 0 }]', "E014", "must be from 1"),
    ('[{ name = "rate_limit", requests = 1, per = "soon" }]', "E015", ""),
    ('[{ name = "rate_limit", requests = 1, key = "cookie" }]', "E057", "`key` is"),
    ('[{ name = "headers", reply_set = { Connection = "close" } }]', "E057", "Connection"),
    ('[{ name = "headers", reply_set = { "a b" = "c" } }]', "E057", "a b"),
    ('["headers"]', "E057", "needs one of its options"),
    ('[{ name = "ip_filter", deny = ["10.0.0.0/33"] }]', "E057", "10.0.0.0/33"),
    ('[{ name = "redirect", to = "/{nonsense}" }]', "E057", "brace"),
    ('[{ name = "basic_auth", users = "nobody.htpasswd" }]', "E050", "nobody.htpasswd"),
    ('[{ name = "handshake_guard", tag = "all" }]', "E057", "every connection"),
    ('[{ name = "compress", encodings = ["zstd"] }]', "E057", "\"br\" or \"gzip\""),
    ('[{ names = "compress" }]', "E011", "`name`"),
    ('[1]', "E013", "a list of plugins"),
])
def test_what_a_plugin_cannot_use_is_one_error_at_its_place(tmp_path, plugins, code, words):
    found = errors(tmp_path, plugins)
    assert [error[:2] for error in found] == [(code, 7)], found
    assert words in found[0][3], found
    # At the very value, where there is one.
    guilty = re.search(r'"many"|"soon"|"cookie"|(?<=Connection = )"close"|(?<="a b" = )"c"|"10.0.0.0/33"|"/\{nonsense\}"|"nobody.htpasswd"|"zstd"', plugins)
    if guilty:
        assert found[0][2] == len("plugins = ") + guilty.start() + 1, found


def test_a_start_with_a_bad_plugin_does_not_begin(tmp_path):
    _, text = config(tmp_path, '["comprss"]')
    done = run_binary("run", "--config", "gladhand.toml", cwd=tmp_path)
    assert done.returncode == 3 and "did you mean `compress`?" in done.stderr
