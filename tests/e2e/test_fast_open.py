"""TCP Fast Open to clients and to upstreams, and what the kernel tells of TCP, each in a network of the test's own."""

import json
import re
import socket

import pytest

from support.commands import curl
from support.http1 import Wire
from support.network import own_network
from support.origin import Origin
from support.process import eventually, run_binary

TCP_FASTOPEN_CONNECT = 30
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
ONE, TWO, THREE = ("%032x" % n for n in (1, 2, 3))


@pytest.fixture
def network(tmp_path_factory):
    """Fast Open is allowed to both sides. It comes before whatever is started, and goes after it has ended."""
    with own_network(3):
        yield


@pytest.fixture
def start(network, start):  # in that network
    return start


@pytest.fixture
def origin(network):
    with Origin() as origin:
        yield origin


def ask(port):
    """One request, in the SYN if there is a cookie: what became of it, by TCP_INFO."""
    with socket.socket() as client:
        client.settimeout(10)
        client.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)
        client.connect(("127.0.0.1", port))
        client.sendall(REQUEST)
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
        info = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    return {True: "accepted", False: {1: "no_cookie", 2: "not_acknowledged"}.get(info[7] >> 1 & 3)}[bool(info[5] & 32)]


def outcome(proxy, side, name, outcome):
    return proxy.metrics().total("gladhand_tcp_fastopen_total", side=side, name=name, outcome=outcome)


# ---- to clients

def test_a_request_that_comes_in_the_syn_is_served_and_its_round_trip_withheld(start, origin):
    proxy = start(origin, listener={"fast_open": 16})
    assert [ask(proxy.http), ask(proxy.http)] == ["no_cookie", "accepted"]
    m = proxy.metrics_when(lambda m: m.responses == 2)
    assert m.total("gladhand_tcp_fastopen_total", side="client", name="http") == 1
    assert outcome(proxy, "client", "http", "accepted") == 1
    assert m.total("gladhand_handshake_samples_degraded_total", side="client", reason="fast_open") == 1
    assert m.count("tcp") == 1 and m.count("accept_wait") == 2
    first, second = (line["client"] for line in proxy.log_lines(2))
    assert "tcp" in first and "fast_open" not in first
    assert second["fast_open"] == second["tcp_rtt_withheld"].replace("fast_open", "accepted") == "accepted"
    assert "tcp" not in second and "accept_wait" in second


def test_without_the_setting_no_cookie_is_given(start, origin):
    proxy = start(origin)
    assert [ask(proxy.http), ask(proxy.http)] == ["no_cookie", "no_cookie"]
    assert proxy.metrics().each("gladhand_tcp_fastopen_total") == []


def test_replicas_with_one_key_accept_each_others_cookies(start, origin, tmp_path):
    (tmp_path / "keys").write_text(ONE + "\n")
    (tmp_path / "others").write_text(TWO + "\n")
    same = {"fast_open": 16, "fast_open_key": str(tmp_path / "keys")}
    proxies = [start(origin, listener=same), start(origin, listener=same),
               start(origin, listener={**same, "fast_open_key": str(tmp_path / "others")})]
    assert [ask(proxy.http) for proxy in proxies] == ["no_cookie", "accepted", "not_acknowledged"]


def test_a_key_is_rotated_without_a_visitor_losing_its_cookie(start, origin, tmp_path):
    keys = tmp_path / "keys"
    keys.write_text(ONE + "\n")
    proxy = start(origin, listener={"fast_open": 16, "fast_open_key": str(keys)}, server={"workers": 2})

    def rotate(text):
        before = proxy.errors.count("with a new key")
        keys.write_text(text)
        eventually(lambda: proxy.errors.count("with a new key") > before, "the new key is used")
    assert [ask(proxy.http), ask(proxy.http)] == ["no_cookie", "accepted"]
    rotate(f"{TWO}\n{ONE}\n")
    assert ask(proxy.http) == "accepted", "by the previous key; the answer brought a cookie of the new one"
    rotate(TWO)
    assert ask(proxy.http) == "accepted"
    rotate(THREE)
    assert ask(proxy.http) == "not_acknowledged"

    keys.write_text("no key")
    eventually(lambda: "is not a key" in proxy.errors)
    assert ask(proxy.http) == "accepted", "the keys that it had stay in use"
    assert "localhost" not in proxy.errors and THREE not in proxy.errors


# ---- to upstreams

@pytest.fixture
def fast_origin(network, authority):
    """Speaks TLS, and gives out cookies."""
    with Origin(tls=authority.server_context(authority.localhost), fast_open=b"1" * 16) as origin:
        yield origin


@pytest.fixture
def in_front_of(start, authority):
    """A proxy that dials by Fast Open, and anew for each request."""
    def in_front_of(origin, **upstream):
        endpoint = f"https://127.0.0.1:{origin.port}"
        return start(endpoint, upstream={"tls": {"ca": str(authority.ca_file)}, "fast_open": True, "timeouts": {"pool_idle": "50ms"}, **upstream})
    return in_front_of


def ask_through(proxy, *options):
    """One request by a connection of its own, as the log tells it."""
    number = len(proxy.log_lines())
    assert curl(*options, proxy.url()).text == "ok"
    line = proxy.log_lines(number + 1)[number]
    eventually(lambda: proxy.metrics().total("gladhand_connections_open", side="upstream") == 0, "the pool is empty")
    return line["upstream"]


def test_the_second_hello_to_an_upstream_leaves_in_the_syn(in_front_of, fast_origin):
    proxy = in_front_of(fast_origin)
    first, second = ask_through(proxy), ask_through(proxy)
    assert first["fast_open"] == "no_cookie" and "fast_open_saved" not in first
    assert second["fast_open"] == "accepted" and second["fast_open_saved"] == second["tcp_rtt"]
    assert second["resumed"] is True and second["tls"] > 0 and second["tcp"] > 0
    assert outcome(proxy, "upstream", "app", "no_cookie") == outcome(proxy, "upstream", "app", "accepted") == 1
    saved, = proxy.metrics().each("gladhand_tcp_fastopen_saved_seconds_total")
    assert saved[0] == {"side": "upstream", "name": "app"} and 0 < saved[1] * 1e6 < second["tcp"] + 1


def test_without_tls_a_request_that_may_arrive_twice_leaves_in_the_syn_and_no_other_does(start, network):
    with Origin(fast_open=b"1" * 16) as origin:
        proxy = start(origin, upstream={"fast_open": True, "timeouts": {"pool_idle": "50ms"}})
        lines = [ask_through(proxy), ask_through(proxy), ask_through(proxy, "--data", "once")]
        assert [line.get("fast_open") for line in lines] == ["no_cookie", "accepted", None]
        assert [(request.method, request.body) for request in origin.requests] == [("GET", b""), ("GET", b""), ("POST", b"once")]
        assert [line["reused"] for line in lines] == [False, False, False]
        assert lines[1]["fast_open_saved"] == lines[1]["tcp_rtt"] and lines[1]["first_byte"] > 0
        origin.stop()
        assert "The endpoint refused the connection." in curl(proxy.url()).text
        assert outcome(proxy, "upstream", "app", "refused") == 1
        assert proxy.metrics().total("gladhand_tcp_fastopen_total") == 3, "the second dial was an ordinary one"
        assert proxy.metrics().ended(side="upstream", result="refused") == 2


def test_an_upstream_that_does_not_take_the_data_is_left_alone_after_the_second_time(in_front_of, fast_origin):
    proxy = in_front_of(fast_origin)
    outcomes = [ask_through(proxy)["fast_open"]]
    for key in (b"2", b"3", b"4"):
        fast_origin.use_key(key * 16)
        outcomes.append(ask_through(proxy)["fast_open"])
    assert outcomes == ["no_cookie", "not_acknowledged", "not_acknowledged", "backed_off"]
    assert proxy.metrics().total("gladhand_tcp_retransmits_total", side="upstream") == 0, "no SYN was lost"


def test_an_upstream_that_is_gone_refuses_the_data_and_is_dialled_again_without(in_front_of, fast_origin):
    proxy = in_front_of(fast_origin)
    ask_through(proxy)
    fast_origin.stop()
    assert "The endpoint refused the connection." in curl(proxy.url()).text
    assert outcome(proxy, "upstream", "app", "refused") == 1
    assert outcome(proxy, "upstream", "app", "backed_off") == 1


def test_an_upstream_without_fast_open_never_gives_a_cookie(in_front_of, authority, network):
    with Origin(tls=authority.server_context(authority.localhost)) as origin:
        proxy = in_front_of(origin)
        assert [ask_through(proxy)["fast_open"] for _ in range(2)] == ["no_cookie", "no_cookie"]


def test_an_upstream_that_is_not_asked_is_not_counted(in_front_of, fast_origin):
    proxy = in_front_of(fast_origin, fast_open=False)
    assert "fast_open" not in ask_through(proxy)
    assert proxy.metrics().each("gladhand_tcp_fastopen_total") == []


# ---- what is configured and what is so

@pytest.mark.parametrize("bits, client, upstream", [(0, 0, 0), (1, 0, 1), (2, 1, 0), (3, 1, 1)])
def test_what_the_namespace_forbids_is_said_once_with_the_cure(start, authority, bits, client, upstream):
    with own_network(bits), Origin() as origin:
        proxy = start(origin, listener={"fast_open": 16}, upstream={"fast_open": True, "endpoints": ["https://127.0.0.1:9"]})
        warnings = re.findall(r"fast_open of (\w+) (\w+) has no effect: net.ipv4.tcp_fastopen is (\d) .* lacks (\d)", proxy.errors)
        assert warnings == ([] if client else [("listener", "http", str(bits), "2")]) + ([] if upstream else [("upstream", "app", str(bits), "1")])
        assert proxy.errors.count("sysctl -w net.ipv4.tcp_fastopen=3") == len(warnings)
        m = proxy.metrics()
        assert m.total("gladhand_tcp_fastopen_enabled", side="client") == client
        assert m.total("gladhand_tcp_fastopen_enabled", side="upstream") == upstream
        proxy.stop()


def test_who_does_not_use_it_is_not_bothered(start):
    with own_network(0), Origin() as origin:
        proxy = start(origin)
        assert "fast_open" not in proxy.errors
        proxy.stop()


# ---- what the kernel tells

def test_what_tcp_agreed_on_stands_in_the_log_and_the_syn_where_it_is_wanted(start, origin):
    proxy = start(origin, listener={"saved_syn": True})
    assert curl(proxy.url()).text == "ok"
    line, = proxy.log_lines(1)
    for side in ("client", "upstream"):
        assert line[side]["mss"] > 500 and line[side]["path_mtu"] > line[side]["mss"]
        assert line[side]["tcp_timestamps"] is True and line[side]["sack"] is True
        assert line[side]["window_scale_sent"] > 0 and "syn_retransmits" not in line[side]
    assert line["upstream"]["tcp_rtt"] >= 0
    assert "syn" not in line["upstream"]
    syn = line["client"]["syn"]
    assert syn["ttl"] == 64 and syn["window"] > 0 and syn["mss"] > 500 and syn["options"][0] == 2


def test_a_syn_is_not_kept_unless_it_is_asked_for(start, origin):
    proxy = start(origin)
    curl(proxy.url())
    assert "syn" not in proxy.log_lines(1)[0]["client"]


def test_accept_queues_are_told_for_all_workers_and_not_any_more_while_draining(start, origin):
    proxy = start(origin, listener={"backlog": 50}, server={"workers": 2, "drain_timeout": "10s"})
    m = proxy.metrics()
    assert m.total("gladhand_accept_queue_limit", listener="http") == 100
    assert m.each("gladhand_accept_queue_depth", listener="http") == [({"listener": "http"}, 0)]
    assert m.each("gladhand_listen_overflows_total") == [({}, 0)]
    with Wire.connect(proxy.http) as wire:
        wire.send("GET / HTTP/1.1\r\nHost: localhost\r\n")  # in the middle of a head
        proxy.metrics_when(lambda m: m.total("gladhand_connections_open", side="client") == 1)
        proxy.signal(15)
        proxy.metrics_when(lambda m: not m.each("gladhand_accept_queue_limit"))
        wire.send("\r\n")
        assert wire.read_response().status == 200
    assert proxy.wait() == 0


# ---- files

@pytest.mark.parametrize("text, code, words", [
    (None, "E050", ["keys", "No such file"]),
    ("", "E055", ["holds no key", "openssl rand -hex 16"]),
    ("abc\n", "E055", ["line 1 of", "is not a key of 32 hexadecimal digits"]),
    (f"{ONE}\n{TWO}\n{THREE}\n", "E055", ["line 3 of", "third key"]),
])
def test_a_file_of_keys_that_cannot_be_used_is_named_with_its_cure(tmp_path, text, code, words):
    if text is not None:
        (tmp_path / "keys").write_text(text)
    (tmp_path / "gladhand.toml").write_text('[[listener]]\naddress = "127.0.0.1:1"\nfast_open = 16\nfast_open_key = "keys"\n'
                                            '[[route]]\nupstream = "http://127.0.0.1:9"\n')
    done = run_binary("validate", "--json", "-c", "gladhand.toml", cwd=tmp_path)
    error, = json.loads(done.stdout)
    assert (done.returncode, error["code"], error["line"], error["column"]) == (1, code, 4, 17)
    for word in words:
        assert word in error["message"] + error["hint"]
