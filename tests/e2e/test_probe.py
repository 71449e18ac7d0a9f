"""`gladhand probe` against the proxy itself, nginx and servers that do wrong."""

import json
import os
import pty
import re
import select
import signal
import subprocess

import pytest

from support.mermaid import drawn_by_mermaid
from support.node import Server
from support.origin import Origin, TlsNginx
from support.ports import free_port
from support.process import BINARY, PATIENCE, Process, eventually, run_binary

HERE = {"allow": ["127.0.0.0/8:*"]}
DNS, TCP, TLS, HTTP, STATUS = 10, 11, 12, 13, 14


class Findings:
    """What a probe with --json has found."""

    def __init__(self, done):
        self.status, self.errors = done.returncode, done.stderr
        self.document = json.loads(done.stdout)
        self.connections = self.document["connections"]

    @property
    def only(self):
        assert len(self.connections) == 1
        return self.connections[0]


@pytest.fixture
def probe(authority):
    """`probe(url, option...)`: what it finds, where the tests' authority is trusted."""
    def findings(url, *options):
        return Findings(run_binary("probe", url, "--json", "--cacert", authority.ca_file, *options))
    return findings


@pytest.fixture(scope="module")
def proxy(start_for_module, nginx):
    return start_for_module(nginx, tls=True)


@pytest.fixture(scope="module")
def forward(start_for_module):
    return start_for_module(tls=True, forward=HERE)


@pytest.fixture(scope="module")
def secure_nginx(tmp_path_factory, authority):
    server = TlsNginx(tmp_path_factory.mktemp("secure-nginx"), authority.localhost, http2=True)
    yield server
    server.kill()


def assert_the_phases_fit(connection, *phases):
    """They all took place, and one after the other within the whole."""
    upstream = connection["upstream"]
    for phase in phases:
        assert phase in upstream, connection
    told = sum(connection.get("proxy", {}).get(phase, 0) for phase in ("dns", "tcp", "tls", "connect_tunnel"))
    told += sum(upstream.get(phase, 0) for phase in ("dns", "tcp", "tls", "first_byte"))
    assert told <= connection["duration"] + 5, connection  # each is rounded
    if "tls" in upstream:
        assert upstream["tls_server_reply"] <= upstream["tls"]
        assert upstream.get("tls_verify", 0) <= upstream["tls_compute"]


# ---- what goes well

def test_a_page_over_http_has_its_phases_and_no_others(proxy, probe):
    found = probe(proxy.url("/hello"))
    only = found.only
    assert (found.status, only["ok"], only["status"], only["version"], only["response_body_bytes"]) == (0, True, 200, "1.1", 6)
    assert_the_phases_fit(only, "dns", "tcp", "first_byte", "close")
    assert not any(key.startswith(("tls", "h2", "cert", "websocket")) for key in only["upstream"]), only
    assert 0 < only["upstream"]["tcp_rtt"] < 1_000_000
    assert only["upstream"]["peer"].endswith(f":{proxy.http}")


def test_an_address_is_not_resolved(proxy, probe):
    only = probe(f"http://127.0.0.1:{proxy.http}/hello").only
    assert only["ok"] and "dns" not in only["upstream"]


def test_https_speaks_http2_and_shows_its_certificates(proxy, probe):
    found = probe(proxy.url("/hello", "https"))
    only = found.only
    assert (found.status, only["status"], only["version"]) == (0, 200, "2")
    assert_the_phases_fit(only, "dns", "tcp", "tls_server_reply", "tls_verify", "tls", "tls_compute", "h2_settings", "first_byte", "close")
    upstream = only["upstream"]
    assert (upstream["tls_version"], upstream["alpn"], upstream["resumed"], upstream["sni"]) == ("1.3", "h2", False, "localhost")
    assert upstream["cipher"].startswith("TLS_") and upstream["signature"] == "ecdsa_sha256" and upstream["group"]
    certificate = upstream["certificates"][0]
    assert (certificate["subject"], certificate["issuer"]) == ("CN=localhost", "CN=Test authority")
    assert certificate["names"] == ["localhost", "127.0.0.1"]
    assert certificate["days_left"] in (6, 7) and upstream["verified"] is True


@pytest.mark.parametrize("option, version", [("--http2", "2"), ("--http1", "1.1")])
def test_the_version_that_is_demanded_is_spoken(proxy, probe, option, version):
    for listener in ("http", "https"):
        assert probe(proxy.url("/hello", listener), option).only["version"] == version


def test_h2c_is_http2_with_prior_knowledge(proxy, probe):
    only = probe(f"h2c://127.0.0.1:{proxy.http}/hello").only
    assert only["version"] == "2"
    assert_the_phases_fit(only, "tcp", "h2_settings", "first_byte", "close")


def test_nginx_is_probed_over_http2(secure_nginx, probe):
    found = probe(secure_nginx.endpoint)
    assert (found.status, found.only["version"]) == (0, "2")
    assert_the_phases_fit(found.only, "tls", "h2_settings", "first_byte", "close")


def test_nginx_is_probed_over_http1(nginx, probe):
    assert_the_phases_fit(probe(nginx.endpoint + "/hello", "-n", "3").connections[2], "tcp", "first_byte", "close")


@pytest.mark.parametrize("scheme, listener", [("ws", "http"), ("wss", "https")])
def test_a_websocket_is_opened_timed_and_closed(start, probe, scheme, listener):
    with Server("websocket_echo.js") as echo:
        proxy = start(echo, tls=True)
        found = probe(f"{scheme}://localhost:{proxy.ports[listener]}/chat")
        assert (found.status, found.only["status"]) == (0, 101), found.errors
        assert_the_phases_fit(found.only, "tcp", "websocket_upgrade", "close")
        assert found.only["upstream"]["websocket_upgrade"] <= found.only["duration"]


# ---- many

@pytest.mark.parametrize("server", ["gladhand", "nginx"])
@pytest.mark.parametrize("options", [[], ["--http1"]])
def test_connections_behind_the_first_resume_its_session(proxy, secure_nginx, probe, server, options):
    url = proxy.url("/hello", "https") if server == "gladhand" else secure_nginx.endpoint
    found = probe(url, "--resume", "-n", "4", *options)
    assert found.status == 0, found.errors
    assert [c["upstream"]["resumed"] for c in found.connections] == [False, True, True, True]
    assert "certificates" in found.connections[0]["upstream"] and "certificates" not in found.connections[1]["upstream"]
    assert {c["upstream"].get("resumption") for c in found.connections[1:]} == {"psk"}
    full, resumed = found.document["statistics"]["full"], found.document["statistics"]["resumed"]
    assert (full["count"], resumed["count"]) == (1, 3)
    assert "tls_verify" in full["upstream"] and "tls_verify" not in resumed["upstream"]


def test_without_resume_every_connection_is_new(proxy, probe):
    found = probe(proxy.url("/hello", "https"), "-n", "3")
    assert [c["upstream"]["resumed"] for c in found.connections] == [False] * 3


def test_a_server_that_resumes_nothing_is_said_to(tmp_path, authority, probe):
    server = TlsNginx(tmp_path, authority.localhost, tickets=False, protocols="TLSv1.2")
    try:
        found = probe(server.endpoint, "--resume")
        if any(c["upstream"]["resumed"] for c in found.connections):
            assert found.connections[1]["upstream"]["resumption"] == "session_id"
        else:
            assert "resumed no session" in found.errors
    finally:
        server.kill()


def test_percentiles_are_values_that_were_measured(proxy, probe):
    found = probe(proxy.url("/hello"), "-n", "7")
    measured = sorted(c["upstream"]["first_byte"] for c in found.connections)
    told = found.document["statistics"]["all"]["upstream"]["first_byte"]
    assert (told["count"], told["min"], told["max"], told["p99"]) == (7, measured[0], measured[-1], measured[-1])
    assert told["p50"] == measured[3]


def test_connections_keep_the_interval(proxy, probe):
    found = probe(proxy.url("/hello"), "-n", "3", "--interval", "100ms")
    starts = [c["start"] for c in found.connections]
    assert starts[0] == 0 and all(later - sooner >= 100_000 for sooner, later in zip(starts, starts[1:]))


def test_an_interrupt_ends_it_with_what_there_is(proxy, tmp_path):
    running = Process(["probe", proxy.url("/hello?interrupted"), "-n", "1000", "--interval", "10ms"], tmp_path)
    eventually(lambda: sum(line["target"] == "/hello?interrupted" for line in proxy.log_lines()) > 2, "some probes came")
    running.signal(signal.SIGINT)
    assert running.wait() == 130
    assert "first_byte" in running.output and "went well" in running.output


# ---- through a proxy

@pytest.mark.parametrize("listener", ["http", "https"])
@pytest.mark.parametrize("secure", [False, True])
def test_a_target_behind_a_forward_proxy(forward, probe, nginx, secure_nginx, listener, secure):
    target = f"https://127.0.0.1:{secure_nginx.port}/" if secure else nginx.endpoint + "/hello"
    found = probe(target, "--via", forward.url("", listener))
    assert found.status == 0, found.errors
    only = found.only
    assert only["status"] == 200
    assert only["proxy"]["connect_tunnel"] > 0 and ("tls" in only["proxy"]) == (listener == "https")
    assert "tcp" in only["proxy"] and "tcp" not in only["upstream"], "there is no TCP with the target"
    assert ("h2_settings" in only["upstream"]) == secure
    assert_the_phases_fit(only, "first_byte", "close", *(["tls"] if secure else []))


def test_a_tunnel_that_is_refused_is_told_with_the_proxys_reason(forward, probe):
    found = probe("https://10.0.0.1/", "--via", forward.url(""))
    assert found.status == HTTP and "403 Forbidden" in found.errors and "destination_ip_prohibited" in found.errors
    assert found.only["proxy"]["connect_tunnel"] > 0 and "status" not in found.only


def test_a_proxy_that_is_not_there_is_told_apart_from_the_target(probe):
    found = probe("http://localhost/", "--via", f"http://127.0.0.1:{free_port()}")
    assert found.status == TCP and "the proxy 127.0.0.1:" in found.errors


# ---- what goes wrong

def failing(probe, url, *options):
    found = probe(url, *options)
    assert found.only["ok"] is False and found.only["exit"] == found.status
    return found


def test_a_name_that_does_not_resolve(probe):
    found = failing(probe, "http://nowhere.invalid/")
    assert found.status == DNS and "nowhere.invalid did not resolve" in found.errors
    assert found.only["error"] == "dns_failure" and not {"dns", "tcp"} & found.only["upstream"].keys()


def test_a_port_on_which_nobody_listens(probe):
    port = free_port()
    found = failing(probe, f"http://127.0.0.1:{port}/")
    assert found.status == TCP and f"127.0.0.1:{port} refused the connection" in found.errors
    assert "tcp" not in found.only["upstream"]


def test_a_tcp_handshake_that_takes_too_long(deaf_origin, probe):
    found = failing(probe, deaf_origin.endpoint, "--timeout", "200ms")
    assert found.status == TCP and "longer than 200ms for the TCP connection" in found.errors
    assert 200_000 <= found.only["duration"] < 2_000_000


def test_a_tls_handshake_that_takes_too_long(probe, scripted_origin):
    found = failing(probe, f"https://127.0.0.1:{scripted_origin.port}", "--timeout", "200ms")
    assert found.status == TLS and "longer than 200ms in the TLS handshake" in found.errors
    assert found.only["upstream"]["stage"] == "client_hello" and "tls" not in found.only["upstream"]


def test_an_answer_that_takes_too_long(probe, scripted_origin):
    found = failing(probe, scripted_origin.endpoint, "--timeout", "200ms")
    assert found.status == HTTP and "longer than 200ms for its answer" in found.errors
    assert "first_byte" not in found.only["upstream"] and "tcp" in found.only["upstream"]


def test_an_answer_that_never_ends_is_left(probe):
    def answer(request, wire):
        wire.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        wire.sock.recv(1)  # until the client goes
        return Origin.HANG_UP

    with Origin(answer) as origin:
        found = probe(origin.endpoint)
        assert found.status == 0 and found.only["status"] == 200
        assert found.only["complete"] is False and found.only["duration"] < 1_000_000, "our own patience is not measured"


def test_a_long_answer_is_not_read_to_its_end(probe):
    size = 100_000_000
    with Origin(lambda request, wire: b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + bytes(size)) as origin:
        only = probe(origin.endpoint).only
        assert only["ok"] and only["complete"] is False and 256 * 1024 <= only["response_body_bytes"] < size // 2


@pytest.mark.parametrize("make, word", [("issue_expired", "has expired"), ("issue_self_signed", "self-signed certificate")])
def test_a_certificate_that_is_not_good_ends_it_unless_told_otherwise(tmp_path, authority, probe, make, word):
    server = TlsNginx(tmp_path, getattr(authority, make)(f"bad-{make}", "localhost"))
    try:
        found = failing(probe, server.endpoint)
        assert found.status == TLS and word in found.errors and "CN=localhost" in found.errors and "--insecure" in found.errors
        assert found.only["upstream"]["verified"] is False and found.only["upstream"]["certificates"]
        found = probe(server.endpoint, "--insecure", "--resume")
        assert found.status == 0 and found.connections[0]["upstream"]["verified"] is False
        assert found.connections[0]["upstream"]["verification_error"]
    finally:
        server.kill()


def test_a_certificate_for_another_name_tells_whose_it_is(tmp_path, authority, probe):
    server = TlsNginx(tmp_path, authority.issue("other", "other.example", "www.other.example"))
    try:
        found = failing(probe, server.endpoint)
        assert found.status == TLS and "is for other.example, www.other.example, not for localhost" in found.errors
    finally:
        server.kill()


def test_a_server_without_tls_is_told(nginx, probe):
    found = failing(probe, f"https://127.0.0.1:{nginx.port}")
    assert found.status == TLS and "does not seem to speak TLS" in found.errors


def test_http2_that_is_demanded_of_a_server_without_it(tmp_path, authority, probe):
    server = TlsNginx(tmp_path, authority.localhost, http2=False)
    try:
        found = failing(probe, server.endpoint, "--http2")
        assert found.status == TLS and "does not speak HTTP/2" in found.errors
        assert probe(server.endpoint).only["version"] == "1.1", "which is what it speaks"
    finally:
        server.kill()


def test_what_is_no_http_is_told(probe):
    with Origin(lambda request, wire: b"220 smtp.example ESMTP\r\n\r\n") as origin:
        found = failing(probe, origin.endpoint)
        assert found.status == HTTP and found.only["error"] == "bad_response"


def test_a_server_that_hangs_up_is_told(probe):
    with Origin(lambda request, wire: Origin.HANG_UP) as origin:
        found = failing(probe, origin.endpoint)
        assert found.status == HTTP and "without an answer" in found.errors


def test_a_status_that_tells_of_an_error(proxy, probe):
    found = failing(probe, proxy.url("/nothing-here"))
    assert (found.status, found.only["status"]) == (STATUS, 404) and "404 Not Found" in found.errors
    assert "first_byte" in found.only["upstream"], "it was measured all the same"


def test_a_server_that_opens_no_websocket(proxy, probe):
    found = failing(probe, f"ws://127.0.0.1:{proxy.http}/hello")
    assert found.status == HTTP and "opens no WebSocket: it answered 200" in found.errors


def test_a_websocket_server_must_prove_that_it_is_one(probe):
    with Origin(lambda request, wire: b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                                      b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n") as origin:
        found = failing(probe, f"ws://127.0.0.1:{origin.port}")
        assert found.status == HTTP and "does not answer our key" in found.errors


def test_the_first_of_many_failures_gives_the_exit_code(probe):
    answers = iter([b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", Origin.HANG_UP])
    with Origin(lambda request, wire: next(answers)) as origin:
        found = probe(origin.endpoint, "-n", "3")
        assert [c["ok"] for c in found.connections] == [True, False, False] and found.status == STATUS
        assert "503" in found.errors and "without an answer" in found.errors


@pytest.mark.parametrize("arguments, words", [
    (["localhost:80"], "did you mean `https://localhost:80`?"),
    (["ftp://localhost"], "http, https, h2c, ws and wss"),
    (["http://user@localhost"], "leave out what stands before the @"),
    (["http://localhost:0"], "is not a port"),
    (["http://localhost", "-n", "0"], "not in range"),
    (["http://localhost", "--http1", "--http2"], "exclude each other"),
    (["http://localhost", "--json", "--mermaid"], "exclude each other"),
    (["https://localhost", "--resume", "-n", "1"], "needs -n 2"),
    (["http://localhost", "--resume"], "is about TLS"),
    (["http://localhost", "--timeout", "soon"], "--timeout"),
    (["http://localhost", "--via", "ftp://proxy"], "--via"),
    (["https://localhost", "--cacert", "/nonexistent.pem"], "--cacert"),
    ([], "URL is required"),
])
def test_what_cannot_be_probed_is_a_usage_error(arguments, words):
    done = run_binary("probe", *arguments)
    assert (done.returncode, done.stdout) == (2, "") and words in done.stderr, done.stderr


# ---- as text

def test_one_connection_is_a_waterfall_without_escape_sequences(proxy, authority):
    done = run_binary("probe", proxy.url("/hello", "https"), "--cacert", authority.ca_file)
    assert done.returncode == 0 and done.stderr == ""
    for word in ("200 OK, HTTP/2", "TCP round trip", "full handshake", "ALPN h2", "beside a TCP round trip", "issued by CN=Test authority",
                 "days left: renew it soon", "the certificate is trusted", "tls_server_reply", "h2_settings", "first_byte", "█"):
        assert word in done.stdout, done.stdout
    assert "\x1b" not in done.stdout


def test_many_connections_are_a_table_for_each_kind(proxy, authority):
    done = run_binary("probe", proxy.url("/hello", "https"), "--cacert", authority.ca_file, "--resume", "-n", "5")
    assert done.returncode == 0 and done.stderr == ""
    assert "full (1)" in done.stdout and "resumed (4)" in done.stdout and "5 of 5 went well" in done.stdout
    assert "p50" in done.stdout and "p99" in done.stdout and "\x1b" not in done.stdout


# ---- as a diagram

STEP = re.compile(r"^    (.+?): (.*?)(?:<br/>(-?\d+\.\d{3}) ms(?: \(\+(\d+\.\d{3}) ms\))?)?$")


def test_a_diagram_tells_the_story_in_order(proxy, authority):
    done = run_binary("probe", proxy.url("/hello", "https"), "--cacert", authority.ca_file, "--mermaid")
    assert done.returncode == 0
    head, *lines = done.stdout.splitlines()
    assert head == "sequenceDiagram" and lines[0] == "    participant G as gladhand probe"
    steps = [STEP.match(line).groups() for line in lines if "participant" not in line]
    told = [text.partition(", ")[0] for _, text, _, _ in steps]
    wanted = ["looks for localhost", "localhost found", "SYN", "SYN-ACK", "ACK", "ClientHello", "ServerHello", "Certificate", "certificate verified", "GET /hello", "200"]
    assert [text for text in told if text in wanted] == wanted
    instants = [float(at) for _, _, at, _ in steps if at]
    assert instants == sorted(instants)


def test_mermaid_draws_the_diagrams(start_for_module, forward, proxy, secure_nginx, authority):
    def diagram(url, *options):
        return run_binary("probe", url, "--cacert", authority.ca_file, "--mermaid", *options).stdout

    diagrams = [diagram(proxy.url("/a;b#c", "https")), diagram(f"http://127.0.0.1:{free_port()}/"),
                diagram(f"https://127.0.0.1:{secure_nginx.port}/", "--via", forward.url("", "https"))]
    drawings = drawn_by_mermaid(diagrams, start_for_module.directory(), authority.localhost)
    assert not [drawing for drawing in drawings if "error" in drawing or drawing["scripts"]], drawings
    shown = "\n".join(text for drawing in drawings for text in drawing["texts"])
    for text in ("GET /a;b", "RST, refused", "CONNECT 127.0.0.1:", "200 tunnel opens", "gladhand probe"):
        assert text in shown, text


# ---- on a terminal

def on_terminal(arguments, out=False, err=False, **env):
    """What comes on a terminal that is standard output, or standard error, or both."""
    ours, theirs = pty.openpty()
    quiet = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    child = subprocess.Popen([BINARY, *arguments], env={**quiet, **env}, stdin=subprocess.DEVNULL,
                             stdout=theirs if out else subprocess.DEVNULL, stderr=theirs if err else subprocess.DEVNULL)
    os.close(theirs)
    seen = b""
    while select.select([ours], [], [], PATIENCE)[0]:
        try:
            seen += os.read(ours, 65536)
        except OSError:  # the last of the other end has gone
            break
    os.close(ours)
    return child.wait(PATIENCE), seen.decode()


def test_a_terminal_gets_colours_unless_it_refuses_them(proxy):
    arguments = ["probe", proxy.url("/hello")]
    status, coloured = on_terminal(arguments, out=True)
    assert status == 0 and "\x1b[32m200 OK\x1b[0m" in coloured
    status, plain = on_terminal(arguments, out=True, NO_COLOR="1")
    assert status == 0 and "200 OK" in plain and "\x1b" not in plain


def test_who_waits_on_a_terminal_sees_how_far_it_is(proxy):
    status, seen = on_terminal(["probe", proxy.url("/hello"), "-n", "5", "--interval", "400ms"], err=True)
    assert status == 0 and re.search(r"\r\[=+ *\] [2-4] of 5, 1 s", seen), seen
    assert seen.endswith("\r") and "\x1b" not in seen
    status, seen = on_terminal(["probe", proxy.url("/hello"), "-n", "5"], err=True)
    assert (status, seen) == (0, ""), "what is short needs none"
