"""A forward proxy: whom it reaches and for whom, what it says of the rest, and what it counts."""

import threading

import pytest

from support.commands import command, curl
from support.h2 import Client
from support.h2_frames import Code, data, rst_stream
from support.http1 import Wire
from support.origin import Origin, TlsNginx
from support.ports import free_port
from support.process import IS_SANITIZED, eventually

HERE = {"allow": ["127.0.0.0/8:*"]}  # a private network that is named by its numbers may be reached


@pytest.fixture(scope="module")
def proxy(start_for_module):
    return start_for_module(tls=True, forward=HERE)


@pytest.fixture(scope="module")
def secure_nginx(tmp_path_factory, authority):
    server = TlsNginx(tmp_path_factory.mktemp("secure-nginx"), authority.localhost, http2=True)
    yield server
    server.kill()


@pytest.fixture
def via(authority):
    """`via(proxy, "https", option...)`: curl's options to ask that listener, and to trust whom the tests trust."""
    def options(proxy, listener="http", *more):
        return ["--proxy", proxy.url("", listener), "--proxy-cacert", authority.ca_file, "--cacert", authority.ca_file, *more]
    return options


# ---- curl asks

@pytest.mark.parametrize("listener", ["http", "https"])
def test_curl_gets_a_page_over_http(proxy, via, nginx, listener):
    got = curl(*via(proxy, listener), f"{nginx.endpoint}/hello")
    assert (got.status, got.text) == (0, "hello\n"), got.errors


@pytest.mark.parametrize("listener", ["http", "https"])
def test_curl_gets_a_page_over_https_and_trusts_the_origins_certificate(proxy, via, secure_nginx, listener):
    got = curl(*via(proxy, listener, "--http1.1", "--write-out", " %{http_connect} %{http_version}"), secure_nginx.endpoint)
    assert (got.status, got.text) == (0, "TLSv1.3 . localhost NONE 200 1.1"), got.errors


@pytest.mark.parametrize("listener", ["http", "https"])
def test_curl_speaks_http2_with_an_origin_through_a_tunnel(proxy, via, secure_nginx, listener):
    got = curl(*via(proxy, listener, "--http2", "--write-out", " %{http_connect} %{http_version}"), secure_nginx.endpoint)
    assert (got.status, got.text) == (0, "TLSv1.3 . localhost NONE 200 2"), got.errors


@pytest.mark.parametrize("listener", ["http", "https"])
def test_curl_opens_a_tunnel_to_plain_http_if_told_to(proxy, via, origin, listener):
    got = curl(*via(proxy, listener, "--proxytunnel", "--write-out", " %{http_connect}"), f"{origin.endpoint}/page")
    assert (got.status, got.text) == (0, "ok 200"), got.errors
    assert origin.last.target == "/page" and "Via" not in origin.last.fields, "nobody looks into a tunnel"


def test_curl_asks_two_origins_over_one_connection_to_the_proxy(start, via, origin, nginx):
    proxy = start(forward=HERE)
    got = curl(*via(proxy), f"{origin.endpoint}/one", f"{nginx.endpoint}/hello", f"{origin.endpoint}/two")
    assert (got.status, got.text) == (0, "okhello\nok"), got.errors
    m = proxy.idle_metrics(3)
    assert m.total("gladhand_connections_total", side="client") == 1
    assert m.total("gladhand_connections_total", side="upstream") == 2
    assert origin.connections == 1


def test_a_target_that_refuses_is_502(proxy, via):
    target = f"127.0.0.1:{free_port()}"
    got = curl(*via(proxy, "http", "--include"), f"http://{target}/")
    assert got.text.startswith("HTTP/1.1 502 ") and "Proxy-Status: gladhand; error=connection_refused" in got.text
    got = curl(*via(proxy, "http", "--include", "--write-out", "%{http_connect}"), f"https://{target}/")
    assert got.status == 56 and got.text.endswith("502") and "Proxy-Status: gladhand; error=connection_refused" in got.text


def test_a_target_that_is_denied_is_403_and_not_dialled(start, via, origin):
    proxy = start(forward={"allow": ["*:*"]})  # private addresses are denied
    got = curl(*via(proxy, "http", "--include"), f"{origin.endpoint}/")
    assert got.text.startswith("HTTP/1.1 403 ") and "Proxy-Status: gladhand; error=destination_ip_prohibited" in got.text
    got = curl(*via(proxy, "http", "--include", "--proxytunnel", "--write-out", "%{http_connect}"), f"http://localhost:{origin.port}/")
    assert got.status == 56 and got.text.endswith("403") and "Proxy-Status: gladhand; error=destination_ip_prohibited" in got.text
    m = proxy.idle_metrics(2)
    assert m.total("gladhand_local_replies_total", error="target_denied") == 2
    assert m.attempts(side="upstream") == 0 and origin.connections == 0


# ---- those who must say who they are

@pytest.fixture(scope="module")
def members(tmp_path_factory):
    """The forward table of a proxy for Walter, whose password is "open: sesame"."""
    users = tmp_path_factory.mktemp("users") / "users.htpasswd"
    got = command("htpasswd", "-nbB", "walter", "open: sesame")
    assert got.status == 0, got.errors
    users.write_text(got.text)
    return {**HERE, "auth": str(users)}


RIGHT, WRONG = ("--proxy-user", "walter:open: sesame"), ("--proxy-user", "walter:open")


@pytest.mark.parametrize("manner", [(), ("--proxytunnel",)], ids=["asked", "tunnelled"])
def test_whoever_shows_a_password_is_served_and_the_origin_does_not_see_it(start, via, members, origin, manner):
    proxy = start(tls=True, forward=members)
    for listener in ("http", "https"):
        got = curl(*via(proxy, listener, *RIGHT, *manner), f"{origin.endpoint}/1", f"{origin.endpoint}/2")
        assert (got.status, got.text) == (0, "okok"), got.errors
    assert [request.target for request in origin.requests] == ["/1", "/2"] * 2
    assert not [request.raw for request in origin.requests if b"authorization" in request.raw.lower()]


@pytest.mark.parametrize("shown", [(), WRONG], ids=["nothing", "a wrong password"])
def test_whoever_does_not_gets_407_and_nothing_is_dialled(start, via, members, origin, shown):
    proxy = start(forward=members)
    got = curl(*via(proxy, "http", "--include", *shown), f"{origin.endpoint}/")
    assert got.text.startswith("HTTP/1.1 407 ") and '\r\nProxy-Authenticate: Basic realm="gladhand"' in got.text
    got = curl(*via(proxy, "http", "--proxytunnel", "--write-out", "%{http_connect}", *shown), f"{origin.endpoint}/")
    assert (got.status, got.text) == (56, "407")
    m = proxy.idle_metrics(2)
    assert m.total("gladhand_local_replies_total", error="proxy_authentication_required") == 2
    assert m.attempts(side="upstream") == 0 and origin.connections == 0


@pytest.mark.parametrize("manner", [(), ("--proxytunnel",)], ids=["asked", "tunnelled"])
@pytest.mark.parametrize("listener", ["http", "https"])
def test_whoever_waits_to_be_asked_is_served_on_the_same_connection(start, via, members, origin, listener, manner):
    proxy = start(tls=True, forward=members)
    got = curl(*via(proxy, listener, "--proxy-anyauth", *RIGHT, *manner), origin.endpoint)
    assert (got.status, got.text) == (0, "ok"), got.errors
    m = proxy.idle_metrics(2)
    assert m.total("gladhand_local_replies_total", error="proxy_authentication_required") == 1
    assert m.total("gladhand_connections_total", side="client", name=listener) == 1


def test_whoever_sends_a_body_before_it_is_asked_sends_it_again(start, via, members, origin):
    proxy = start(forward=members)
    body = bytes(1 << 20)
    got = curl(*via(proxy, "http", "--proxy-anyauth", *RIGHT, "--include", "--header", "Expect:", "--data-binary", "@-"), origin.endpoint, stdin=body)
    assert got.status == 0 and got.text.endswith("\r\n\r\nok"), got.errors
    refusal = got.text.partition("\r\n\r\n")[0]
    assert refusal.startswith("HTTP/1.1 407 ") and "\r\nConnection: close" in refusal
    assert [request.body == body for request in origin.requests] == [True]


def test_who_says_who_it_is_where_nobody_asks_does_not_tell_the_origin(proxy, origin):
    with Wire.connect(proxy.http) as wire:
        wire.send(f"GET {origin.endpoint}/ HTTP/1.1\r\nHost: 127.0.0.1:{origin.port}\r\nProxy-Authorization: Basic eDp5\r\n"
                  "Proxy-Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nConnection: X-Other\r\nX-Other: 2\r\nX-End: 3\r\n\r\n")
        assert wire.read_response().status == 200
    names = {name.lower() for name, _ in origin.last.fields}
    assert "x-end" in names
    assert not names & {"proxy-authorization", "proxy-connection", "x-other"}


# ---- clients that speak HTTP/2 with the proxy

@pytest.fixture(params=["http", "https"])
def shared(request, proxy, authority):
    """A connection of HTTP/2 to the proxy."""
    with Client.connect(proxy.ports[request.param], authority.client_context(alpn=["h2"]) if request.param == "https" else None) as client:
        client.scheme = "http"  # of the pages that are asked for
        yield client


def open_tunnel(client, target):
    number = client.request(method="CONNECT", authority=target, without=("scheme", "path"), end=False)
    stream = client.streams[number]
    client.read_until(lambda: stream.heads or stream.is_over, "an answer to CONNECT")
    return number, stream


def test_http2_carries_two_tunnels_and_a_page(shared, nginx):
    target = f"127.0.0.1:{nginx.port}"
    tunnels = [open_tunnel(shared, target) for _ in range(2)]
    assert [stream.status for _, stream in tunnels] == [200, 200]
    for path in ("/hello", "/none"):
        for number, stream in tunnels:
            stream.body.clear()
            shared.send(data(number, f"GET {path} HTTP/1.1\r\nHost: a.test\r\n\r\n".encode()))
        shared.authority = target
        assert shared.get("/hello").body == b"hello\n"
        for number, stream in tunnels:
            shared.read_until(lambda: stream.body.endswith((b"hello\n", b"</html>\r\n")), "nginx' answer")
            assert stream.body.startswith(b"HTTP/1.1 200" if path == "/hello" else b"HTTP/1.1 404")
    for number, stream in tunnels:
        shared.send(data(number, end=True))
        shared.response(number)
    assert shared.goaway is None


def test_http2_hears_why_a_tunnel_is_not_opened_and_goes_on(shared, nginx):
    for target, status, error in ((f"127.0.0.1:{free_port()}", 502, "connection_refused"), ("10.0.0.1:443", 403, "destination_ip_prohibited")):
        number, stream = open_tunnel(shared, target)
        assert stream.status == status and stream.fields.get("proxy-status").startswith(f"gladhand; error={error}")
    shared.authority = f"127.0.0.1:{nginx.port}"
    assert shared.get("/hello").body == b"hello\n"


def test_a_tunnel_in_http2_that_is_reset_is_over_at_the_origin_too(shared, scripted_origin):
    number, stream = open_tunnel(shared, f"127.0.0.1:{scripted_origin.port}")
    with scripted_origin.accept() as server:
        server.send(b"hello")
        shared.read_until(lambda: stream.body == b"hello")
        shared.send(rst_stream(number, Code.CANCEL))
        assert server.is_at_end()


def test_http2_is_asked_for_a_password_and_may_try_again(start, members, origin, authority):
    proxy = start(tls=True, forward=members)
    with Client.connect(proxy.https, authority.client_context(alpn=["h2"])) as client:
        client.scheme, client.authority = "http", f"127.0.0.1:{origin.port}"
        asked = client.get("/1")
        assert asked.status == 407 and asked.fields.get("proxy-authenticate").startswith('Basic realm="gladhand"')
        assert client.get("/2", ("proxy-authorization", "Basic d2FsdGVyOm9wZW46IHNlc2FtZQ==")).body == b"ok"
    assert [request.target for request in origin.requests] == ["/2"]
    assert "Proxy-Authorization" not in origin.last.fields


def test_nghttp_gets_a_page(proxy, nginx):
    got = command("nghttp", "--no-dep", f"--header=:authority: 127.0.0.1:{nginx.port}", f"http://127.0.0.1:{proxy.http}/hello")
    assert (got.status, got.text) == (0, "hello\n"), got.errors


# ---- what is no request for a forward proxy

def connect(target, *fields, host=None, body=""):
    lines = "".join(f"{field}\r\n" for field in fields)
    return f"CONNECT {target} HTTP/1.1\r\nHost: {target if host is None else host}\r\n{lines}\r\n{body}"


def get(target, host="a.test"):
    return f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n"


def page_of(origin):
    return get(f"{origin.endpoint}/", host=f"127.0.0.1:{origin.port}")


NO_REQUEST = {
    "a tunnel without a port": connect("a.test"),
    "a tunnel to an address without a port": connect("[::1]"),
    "a port that was forgotten": connect("a.test:"),
    "port 0": connect("a.test:0"),
    "a port past the last one": connect("a.test:65536"),
    "a port past every number": connect("a.test:" + "9" * 40),
    "a negative port": connect("a.test:-443"),
    "a port with a sign": connect("a.test:+443"),
    "a port in words": connect("a.test:https"),
    "two ports": connect("a.test:80:443"),
    "no host": connect(":443"),
    "an IPv6 address without brackets": connect("::1:443"),
    "a bracket that does not close": connect("[::1:443"),
    "a bracket with a name": connect("[a.test]:443"),
    "a bracket with a zone": connect("[fe80::1%25eth0]:443"),
    "a user before the host": connect("walter@a.test:443", host="a.test:443"),
    "a percent sign in a host": connect("127.0.0.1%00.a.test:443"),
    "a tunnel to a path": connect("/x", host="a.test"),
    "a tunnel to a URI": connect("http://a.test:80/", host="a.test"),
    "a tunnel to anything": connect("*", host="a.test"),
    "a name longer than names are": connect("a" * 300 + ".test:443", host="x"),
    "another host than the target": connect("a.test:443", host="b.test:443"),
    "another port than the target's": connect("a.test:443", host="a.test:80"),
    "no Host": "CONNECT a.test:443 HTTP/1.1\r\n\r\n",
    "two Hosts": connect("a.test:443", "Host: a.test:443"),
    "a tunnel with a body": connect("a.test:443", "Content-Length: 5", body="hello"),
    "a tunnel with a body in chunks": connect("a.test:443", "Transfer-Encoding: chunked", body="0\r\n\r\n"),
    "a page without a host": get("/"),
    "a page over TLS": get("https://a.test/"),
    "a page of another scheme": get("ftp://a.test/"),
    "a page with a user": get("http://walter:secret@a.test/"),
    "a page of another host than Host": get("http://b.test/"),
    "a page of another port than Host": get("http://a.test:81/"),
    "a page on port 0": get("http://a.test:0/", host="a.test:0"),
    "a page past the last port": get("http://a.test:65536/", host="a.test:65536"),
}


@pytest.fixture(scope="module")
def guarded(start_for_module):
    """Every port may be asked for, and private addresses may not: what would get through is dialled."""
    return start_for_module(forward={"allow": ["*:*"]})


def ask(port, text):
    with Wire.connect(port) as wire:
        wire.send(text)
        return wire.read_response()


@pytest.mark.parametrize("case", NO_REQUEST)
def test_what_names_no_target_is_400(guarded, case):
    got = ask(guarded.http, NO_REQUEST[case])
    assert got.status == 400 and got.fields.get("Proxy-Status").startswith("gladhand; error=http_request_error"), got.raw


# Addresses of this machine first: an origin listens there.
PRIVATE = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "localhost", "LocalHost",
    "0.0.0.0", "0", "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "127.255.255.254",
    "169.254.169.254", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "169.254.43518", "[::ffff:169.254.169.254]", "[fd00:ec2::254]",
    "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[fe80::1]", "[fec0::1]", "[fc00::1]", "[ff02::1]",
    "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.0.2.1", "[2001:db8::1]", "[100::1]",
]


@pytest.mark.parametrize("host", PRIVATE)
def test_a_private_address_is_403_however_it_is_written(guarded, origin, host):
    dials = guarded.metrics().attempts(side="upstream")
    target = f"{host}:{origin.port}"
    for text in (connect(target), get(f"http://{target}/", host=target)):
        got = ask(guarded.http, text)
        assert got.status == 403 and got.fields.get("Proxy-Status").startswith("gladhand; error=destination_ip_prohibited"), got.raw
    assert guarded.metrics().attempts(side="upstream") == dials and origin.connections == 0


def test_a_rule_without_a_port_means_the_ports_of_the_web(start, origin):
    proxy = start(forward={"allow": ["*", "127.0.0.1"]})
    for port in (1, 22, 25, 79, 444, 6379, 8080, 65535, origin.port):
        assert ask(proxy.http, connect(f"127.0.0.1:{port}")).status == 403
        assert ask(proxy.http, connect(f"a.test:{port}")).status == 403
    assert proxy.metrics().attempts(side="upstream") == 0
    for port in (80, 443):  # whether somebody listens there or not
        with Wire.connect(proxy.http) as wire:
            wire.send(connect(f"127.0.0.1:{port}"))
            assert wire.read_response_head().status in (200, 502)
    assert proxy.metrics().attempts(side="upstream") >= 2


@pytest.mark.parametrize("host", ["localhost.", "metadata.google.internal", "kubernetes.default.svc", "a" * 64 + ".test", "a." * 126 + "a"])
def test_a_name_for_a_private_address_or_for_nothing_is_not_reached(guarded, origin, host):
    got = ask(guarded.http, connect(f"{host}:{origin.port}"))
    assert got.status in (403, 502), got.raw  # it depends on whether the name resolves here
    assert origin.connections == 0


@pytest.mark.parametrize("target, expected", [("", "*"), ("/", "/"), ("?", "/?"), ("/*", "/*")])
def test_options_of_a_server_as_a_whole_is_passed_on_as_such(proxy, origin, target, expected):
    with Wire.connect(proxy.http) as wire:
        wire.send(f"OPTIONS {origin.endpoint}{target} HTTP/1.1\r\nHost: 127.0.0.1:{origin.port}\r\n\r\n")
        assert wire.read_response().status == 200
    assert origin.last.target == expected


# ---- what is counted

def test_tunnels_and_refusals_are_counted_under_the_listeners_name(start, via, origin, members):
    proxy = start(forward={**members, "deny": ["private", "127.0.0.2"]})
    asked = via(proxy, "http", *RIGHT)
    assert curl(*asked, f"{origin.endpoint}/1", f"{origin.endpoint}/2").text == "okok"
    assert curl(*asked, "--proxytunnel", origin.endpoint).text == "ok"
    curl(*asked, f"http://127.0.0.2:{origin.port}/")
    curl(*asked, f"http://127.0.0.1:{free_port()}/")
    curl(*via(proxy), origin.endpoint)
    m = proxy.idle_metrics(6)
    of = {"upstream": "forward:http"}
    assert m.total("gladhand_http_requests_received_total", listener="http") == 6
    assert m.total("gladhand_upstream_requests_total", status_class="2xx", **of) == 3
    assert m.total("gladhand_upstream_requests_total") == m.total("gladhand_upstream_requests_total", **of)
    # One for both pages, one for the tunnel; the one that was refused has no further phase.
    assert m.total("gladhand_connections_total", side="upstream", name="forward:http") == 2
    assert m.ended(side="upstream", name="forward:http", result="ok") == 2
    assert m.ended(side="upstream", name="forward:http", result="refused") == m.failures(side="upstream") >= 1
    assert m.count("tcp", "upstream", **of) == 2
    assert m.count("first_byte", "upstream", **of) == 2, "a tunnel has none"
    assert {labels["error"]: value for labels, value in m.each("gladhand_local_replies_total") if value} == {
        "target_denied": 1, "refused": 1, "proxy_authentication_required": 1}
    got = command("promtool", "check", "metrics", stdin=m.text.encode())
    assert (got.status, got.text, got.errors) == (0, "", "")


# ---- those who ask for everything

def scan(port, targets):
    with Wire.connect(port) as wire:
        for target in targets:
            wire.send(connect(target))
            assert wire.read_response().status == 502


def at_once(what, arguments):
    """Runs it for each of them; what fails in one fails here."""
    troubles = []

    def run(argument):
        try:
            what(argument)
        except Exception as trouble:
            troubles.append(trouble)
    threads = [threading.Thread(target=run, args=(argument,)) for argument in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not troubles, troubles


def test_a_client_that_asks_for_fifteen_thousand_targets_leaves_nothing_behind(start, origin):
    proxy = start(forward=HERE)
    before, resident = proxy.open_files(), []
    for network in range(3):
        # The first thousands are kept for a while, as targets that may be asked for again.
        at_once(lambda third: scan(proxy.http, [f"127.{network + 1}.{third}.{host}:1" for host in range(1, 251)]), range(20))
        resident.append(proxy.resident_bytes())
        assert ask(proxy.http, page_of(origin)).status == 200
    if not IS_SANITIZED:
        assert resident[2] - resident[0] < 4 << 20, resident
    eventually(lambda: proxy.open_files() <= before + 2, "the descriptors are given back")
    m = proxy.idle_metrics(15_003)
    assert m.ended(side="upstream", result="refused") >= 15_000
    assert m.total("gladhand_connections_open", side="upstream") <= 1


def test_clients_that_leave_as_soon_as_they_have_asked_leave_no_tunnel_behind(start, origin):
    proxy = start(forward=HERE)
    before = proxy.open_files()

    def ask_and_leave(number):
        for _ in range(25):
            wire = Wire.connect(proxy.http)
            wire.send(connect(f"127.0.0.1:{origin.port}"))
            wire.reset() if number % 2 else wire.close()
    at_once(ask_and_leave, range(20))
    proxy.metrics_when(lambda m: not m.total("gladhand_connections_open"), "every connection is closed")
    eventually(lambda: proxy.open_files() <= before + 2, "the descriptors are given back")
    assert ask(proxy.http, page_of(origin)).status == 200
