"""`gladhand demo`: something to look at in the first minute."""

import contextlib
import re
import signal
import socket
import time
from datetime import datetime

import pytest

from support.commands import command, curl, start_curl
from support.metrics import Metrics
from support.node import Script, talk
from support.process import SLACK, Process, eventually

# Two that look for free ports at the same moment find the same.
pytestmark = pytest.mark.xdist_group("demo")

APART = 0.3 * SLACK  # between two events, where each must come before the next is made


class Demo(Process):
    """Keeps its state below `directory`, whatever user runs it."""

    def __init__(self, directory, *options):
        self.ends_with = 0  # its exit status
        self._state = directory / "state"
        super().__init__(["demo", *options], directory, env={"XDG_STATE_HOME": str(self._state), "HOME": str(directory)})
        eventually(lambda: self._is_up(), "the demo prints its URLs")
        self.https = re.search(r"https://localhost:\d+/", self.output)[0]
        self.http = re.search(r"http://localhost:\d+/", self.output)[0]
        self.metrics_url = re.search(r"http://127\.0\.0\.1:\d+/metrics", self.output)[0]
        self.websocket = re.search(r"wss://localhost:\d+/ws", self.output)[0]
        self.forward = re.search(r"forward proxy +(http://127\.0\.0\.1:\d+)\n", self.output)[1]
        self.ca_file = re.search(r"--cacert (\S+)", self.output)[1]

    def _is_up(self):
        assert self.is_running(), self.errors + self.output
        return "Ctrl-C" in self.output

    def curl(self, path, *arguments):
        return curl("--cacert", self.ca_file, *arguments, self.https + path)

    def metrics(self):
        return Metrics(curl(self.metrics_url).text)


@pytest.fixture
def demo(tmp_path):
    """`demo()` starts one; all are stopped, and must end well."""
    started = []

    def start(*options):
        directory = tmp_path / str(len(started))
        directory.mkdir()
        started.append(Demo(directory, *options))
        return started[-1]
    yield start
    for process in started:
        process.stop(process.ends_with)


def test_curl_trusts_the_demo_with_the_authority_that_it_prints(demo):
    it = demo("--no-traffic")
    got = curl("--cacert", it.ca_file, it.https)
    assert got.status == 0, got.errors
    assert curl("--cacert", it.ca_file, it.https + "status/404", "--write-out", "%{http_code}", "--output", "/dev/null").text == "404"
    assert curl(it.http + "headers").status == 0


def test_the_commands_that_it_prints_work(demo):
    it = demo("--no-traffic")
    headers, start_page, events, through_forward = [line.split()[1:] for line in it.output.splitlines() if line.strip().startswith("curl --cacert")]
    got = curl(*headers)
    assert got.status == 0 and "forwarded" in got.text.lower(), got
    assert curl(*start_page).text.startswith("HTTP/2 200")
    with endless(*events) as lines:
        assert next(lines) == "id: 1"
    got = curl(*through_forward)
    assert got.status == 0 and "forwarded" in got.text.lower(), got
    eventually(lambda: it.metrics().count("tcp", listener="forward") == 1, "the last one went through the forward proxy")


def test_its_metrics_show_the_phases_of_the_visits(demo):
    it = demo("--no-traffic")
    for _ in range(3):
        curl("--cacert", it.ca_file, it.https)
    m = eventually(lambda: (m := it.metrics()).count("tls") == 3 and m)
    assert m.count("client_hello_wait") == m.count("tls_client_flight") == m.count("first_request") == 3
    assert m.count("first_byte", "upstream") == 3


def test_visitors_come_by_themselves_and_some_resume_their_sessions(demo):
    it = demo()
    m = eventually(lambda: (m := it.metrics()).count("tls", resumed="true") and m.responses >= 2 and m, "a resumed session")
    assert m.count("tls", resumed="false") >= 1
    assert m.failures(side="client") == 0


def test_some_visits_go_through_the_forward_proxy(demo):
    it = demo()
    m = eventually(lambda: (m := it.metrics()).count("tcp", listener="forward") and m, "a visit through it")
    assert m.failures(side="upstream") == 0


def test_its_forward_proxy_reaches_the_demo_over_http_and_through_tunnels(demo):
    it = demo("--no-traffic")
    assert curl("--proxy", it.forward, it.http + "status/404", "--write-out", "%{http_code}", "--output", "/dev/null").text == "404"
    got = curl("--proxy", it.forward, "--cacert", it.ca_file, "--write-out", "%{http_connect} %{http_version}", it.https + "bytes/3")
    assert got.text == "xxx200 2", got.errors


@pytest.mark.parametrize("host", ["127.0.0.2", "[::1]", "192.0.2.1"])
def test_its_forward_proxy_reaches_no_other_private_address(demo, host):
    got = curl("--proxy", demo("--no-traffic").forward, f"http://{host}/", "--include")
    assert got.text.startswith("HTTP/1.1 403 ") and "destination_ip_prohibited" in got.text


def test_no_traffic_means_none(demo):
    it = demo("--no-traffic")
    assert it.metrics().attempts(side="client") == 0


@contextlib.contextmanager
def endless(*arguments):
    """The lines that curl prints, as they come; it is stopped in the end."""
    process = start_curl("--no-buffer", *arguments)
    try:
        yield (line.decode().rstrip("\n") for line in process.stdout)
    finally:
        process.kill()
        process.communicate()


def events(lines):
    """Of each event: its number, when the origin made it, and when it was here."""
    number = None
    for line in lines:
        name, _, value = line.partition(": ")
        if name == "id":
            number = int(value)
        elif name == "data":
            yield number, datetime.fromisoformat(value).timestamp(), time.time()


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
@pytest.mark.parametrize("address", ["https", "http"])
def test_an_event_arrives_before_the_next_is_made(demo, address, version):
    it = demo("--no-traffic")
    if address == "http" and version == "--http2":
        version = "--http2-prior-knowledge"
    url = f"{getattr(it, address)}sse?n=5&ms={APART * 1000:.0f}"
    with endless("--cacert", it.ca_file, version, "--write-out", "%{http_version}\n", url) as lines:
        seen = list(events(line for line in lines if ":" in line))
    assert [number for number, _, _ in seen] == [1, 2, 3, 4, 5]
    for (_, _, arrived), (_, made, _) in zip(seen, seen[1:]):
        assert arrived < made, seen
    assert seen[4][1] - seen[0][1] >= 4 * APART - 0.001  # they are stamped in milliseconds


def test_one_event_does_not_wait_for_a_second(demo):
    assert demo("--no-traffic").curl("sse?n=1&ms=20000").text.startswith("id: 1\ndata: ")


def test_every_message_comes_back_from_its_websocket(demo):
    it = demo("--no-traffic")
    seen = talk(it.websocket, it.ca_file, "echo_client.js")
    assert seen == {"echoed": ["text", "binary", "empty", "fragmented", "large", "large and fragmented"], "pong": "between",
                    "closed": [4001, "all came back"], "refusal": 1009}


@pytest.mark.parametrize("fields, hint", [
    ([], "its url begins with ws://"),
    (["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="], "sec-websocket-version: 13")])
def test_what_is_no_opening_handshake_is_told_what_would_be(demo, fields, hint):
    it = demo("--no-traffic")
    got = curl("--include", *[part for field in fields for part in ("--header", field)], it.http + "ws")
    assert got.text.startswith("HTTP/1.1 426 ") and hint in got.text.lower()


def test_browsers_get_a_page_and_terminals_text(demo):
    it = demo("--no-traffic")
    page = it.curl("", "--include", "--header", "Accept: text/html,*/*;q=0.8").text
    assert "content-type: text/html" in page and page.count("<a href=") > 5 and "new WebSocket" in page
    assert not re.search(r"""(?:src|href)=["']?(?:\w+:)?//""", page), "something is loaded from elsewhere"
    text = it.curl("", "--include").text
    assert "content-type: text/plain" in text and "<" not in text


@pytest.mark.parametrize("arguments, address", [(["--http2"], "https"), (["--http2-prior-knowledge"], "http")])
def test_it_speaks_HTTP_2_with_curl(demo, arguments, address):
    it = demo("--no-traffic")
    got = curl("--cacert", it.ca_file, *arguments, "--write-out", "%{http_version}", getattr(it, address) + "bytes/100000")
    assert got.text == "x" * 100_000 + "2", got.errors


@pytest.mark.parametrize("address", ["https", "http"])
def test_it_speaks_HTTP_2_with_the_tools_of_nghttp2(demo, address):
    it = demo("--no-traffic")
    url = getattr(it, address)
    got = command("nghttp", "--no-verify-peer", "--stat", url + "bytes/3", url + "headers")
    assert got.status == 0 and "xxx" in got.text and len(re.findall(r"\b200\b", got.text)) == 2, got
    got = command("h2load", "-n40", "-c4", "-m5", url + "bytes/1000")
    assert "Application protocol: h2" in got.text and "40 succeeded, 0 failed" in got.text, got


def test_endless_answers_do_not_keep_it_from_ending(demo):
    it = demo("--no-traffic")
    with Script("websocket_sitter.js", it.websocket, authority=it.ca_file) as websocket, \
            endless("--cacert", it.ca_file, it.https + "sse") as first, endless("--http1.1", it.http + "sse") as second:
        assert next(first) == next(second) == "id: 1"
        assert websocket.line() == "open"
        it.ends_with = 4  # what was open was cut
        it.signal(signal.SIGINT)
        assert it.wait() == 4
        assert websocket.line() == "1006"


def test_an_interrupt_ends_it_at_once_when_nobody_is_there(demo):
    it = demo()
    eventually(lambda: it.metrics().responses >= 3)
    it.signal(signal.SIGINT)
    assert it.wait() == 0


@pytest.mark.parametrize("path, expected", [
    ("", b"/echo"), ("echo", b""), ("headers", b"host"), ("slow?ms=50", b""), ("bytes/100000", None), ("status/503", b"")])
def test_the_origin_has_pages_to_try(demo, path, expected):
    it = demo("--no-traffic")
    got = curl("--cacert", it.ca_file, it.https + path)
    assert got.status == 0, got.errors
    if path.startswith("bytes"):
        assert len(got.output) == 100_000
    else:
        assert expected in got.output.lower()


def test_a_taken_port_is_answered_with_the_next_free_one_said_aloud(demo):
    first = demo("--no-traffic")
    second = demo("--no-traffic")
    assert {first.https, first.http, first.forward, first.metrics_url}.isdisjoint({second.https, second.http, second.forward, second.metrics_url})
    assert re.search(r"port \d+ is taken; using \d+", second.output)
    for it in (first, second):
        assert curl("--cacert", it.ca_file, it.https).status == 0


def test_a_port_taken_by_a_stranger_is_passed_over(demo):
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            stranger.bind(("127.0.0.1", 8443))
        except OSError:
            pass  # taken already: as good
        else:
            stranger.listen()
        it = demo("--no-traffic")
        assert not it.https.endswith(":8443/")
        assert curl("--cacert", it.ca_file, it.https).status == 0


def test_what_it_leaves_behind_is_one_certificate_and_no_key(demo):
    it = demo("--no-traffic")
    files = [path for path in it.directory.rglob("*") if path.is_file() and path.name not in ("stdout", "stderr")]
    assert [str(path) for path in files] == [it.ca_file]
    assert "PRIVATE KEY" not in files[0].read_text()
