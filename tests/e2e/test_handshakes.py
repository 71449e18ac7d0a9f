"""The recent connections, as the admin listener shows them of what real clients did."""

import http.client
import json
import re
import xml.etree.ElementTree as xml

import pytest

from support.commands import curl, s_client
from support.http1 import Wire
from support.mermaid import drawn_by_mermaid
from support.node import Server, talk
from support.ports import free_port
from support.process import PATIENCE, eventually

API = "/api/v1/handshakes"
INSTANT = re.compile(r"<br/>(-?\d+\.\d{3}) ms(?: \(\+(\d+\.\d{3}) ms\))?$")
STEP = re.compile(r"^    (Note over \w|\w->>\w): (.+?)(?:<br/>-?[\d.]+ ms(?: \(\+([\d.]+) ms\))?)?$", re.M)
# Between which two steps the phases lie: of a client's connection, of its exchange on both sides, of an upstream's connection.
OWN = {"tcp": ("G->>C SYN-ACK", "C->>G ACK"), "accept_wait": ("C->>G ACK", "Note over G accepted"),
       "tls_client_flight": ("Note over G server flight sent", "C->>G Finished"),
       "h2_preface": ("Note over G ready for HTTP", "C->>G preface"), "h2_settings": ("G->>C SETTINGS", "C->>G SETTINGS ACK"),
       "first_request": ("Note over G ready for HTTP", "C->>G GET")}
EXCHANGES = {"client": {"websocket_upgrade": ("C->>G GET", "G->>C 101")},
             "upstream": {"websocket_upgrade": ("G->>U GET", "U->>G 101"), "first_byte": ("G->>U GET", "U->>G 200", "U->>G 101")}}
DIALLED = {"tcp": ("G->>U SYN", "U->>G SYN-ACK")}


def listed(proxy, query=""):
    status, body = proxy.admin.get(API + query)
    assert status == 200, body
    return json.loads(body)["handshakes"]


def closed(proxy, query="?side=client"):
    """The only one that the query finds, once its connection has ended."""
    eventually(lambda: [one["state"] for one in listed(proxy, query)] == ["closed"], f"one closed connection of {query}")
    return listed(proxy, query)[0]


def diagram(proxy, one):
    status, text = proxy.admin.get(f"{API}/{one['id']}.mmd")
    assert status == 200
    return text


def assert_adds_up(text, one):
    """The distances between the messages are those of their instants, and the last instant is the whole duration."""
    steps = [INSTANT.search(line).groups() for line in text.splitlines() if INSTANT.search(line)]
    instants = [round(float(at) * 1000) for at, _ in steps]
    distances = [round(float(distance) * 1000) for _, distance in steps[1:]]
    assert distances == [after - before for before, after in zip(instants, instants[1:])]
    assert sum(distances) == instants[-1] - instants[0]
    assert abs(instants[-1] - one["duration"]) <= 0.5


def told(text):
    """What every step of a diagram says, and how many microseconds passed before it."""
    return [(f"{who} {what}", round(float(distance or 0) * 1000)) for who, what, distance in STEP.findall(text)]


def place(steps, *wanted):
    """Where the first step is that begins with one of these words."""
    return next(i for i, (what, _) in enumerate(steps) if any(what == words or what.startswith((f"{words},", f"{words} ")) for words in wanted))


def assert_phases_add_up(steps, phases, places):
    """The distances of the steps of a phase are that phase together. Returns the phases that were there."""
    checked = set()
    for phase, (begin, *ends) in places.items():
        if phase in phases:
            between = steps[place(steps, begin) + 1:place(steps, *ends) + 1]
            assert abs(sum(distance for _, distance in between) - phases[phase]) <= 1, phase  # two instants, each rounded
            checked.add(phase)
    return checked


def assert_ends_as_recorded(steps, one):
    """Who closed first, and how long the other took where that is known."""
    closer = {"peer": "C->>G", "self": "G->>C"}[one["close"]["closer"]]
    ends = [i for i, (what, _) in enumerate(steps) if "FIN" in what]
    assert [steps[i][0].split()[0] for i in ends][0] == closer and one["close"]["manner"] == "fin", steps
    if one["close"]["is_complete"]:
        assert {steps[i][0].split()[0] for i in ends} == {"C->>G", "G->>C"} and ends[-1] == len(steps) - 1, steps
    if one["close"]["is_complete"] and one["close"]["is_dated"]:
        assert abs(sum(distance for _, distance in steps[ends[0] + 1:]) - one["phases"]["close"]) <= 1


@pytest.fixture
def visited(start, origin, authority):
    """(a proxy that curl has visited by HTTP/2, the client's connection)"""
    proxy = start(origin, tls=True, log={"access": {"format": "json", "file": "stdout"}})
    got = curl("--http2", "--cacert", authority.ca_file, proxy.url("/hello?token=secret", "https"))
    assert (got.status, got.text) == (0, "ok"), got.errors
    return proxy, closed(proxy)


def test_a_visit_shows_with_all_that_the_access_log_knows_of_it(visited):
    proxy, one = visited
    [line] = proxy.log_lines(1)
    assert one["id"] == str(line["client"]["id"])
    assert (one["name"], one["result"], one["stage"], one["sni"], one["peer"]) == ("https", "ok", "ready", "localhost", line["client"]["peer"])
    messages = one["tls"].pop("messages")
    one["tls"].pop("truncated", None)  # as it pleases curl
    assert one["tls"] == {"version": line["client"]["tls_version"], "resumed": False, "resumption": "full", "cipher": line["client"]["cipher"],
                          "group": line["client"]["group"], "alpn": "h2", "signature": line["client"]["signature"], "sni_class": "served",
                          "bytes_received": line["client"]["tls_bytes_received"], "bytes_sent": line["client"]["tls_bytes_sent"]}
    assert (messages[0]["type"], messages[0]["is_sent"], messages[0]["at"]) == ("ClientHello", False, one["marks"]["client_hello"])
    assert all(message["bytes"] > 4 for message in messages) and [message["at"] for message in messages] == sorted(message["at"] for message in messages)
    for phase in ("client_hello_wait", "tls_server_flight", "tls_client_flight", "tls", "tls_compute", "first_request"):
        assert abs(one["phases"][phase] - line["client"][phase]) <= 0.5, phase
    exchange = one["exchanges"]["first"]
    assert one["exchanges"] == {"begun": 1, "ended": 1, "failed": 0, "first": exchange}
    assert (exchange["method"], exchange["path"], exchange["status"], exchange["version"]) == ("GET", "/hello", 200, "2")
    assert one["handshake"] <= one["marks"]["first_head"] <= one["duration"] == one["marks"]["closed"]
    assert "secret" not in json.dumps(listed(proxy))


def test_both_connections_of_an_exchange_lead_to_each_other(visited):
    proxy, one = visited
    upstream = json.loads(proxy.admin.get(f"{API}/{one['exchanges']['first']['upstream']}")[1])
    assert (upstream["side"], upstream["name"], upstream["state"]) == ("upstream", "app", "open")
    assert upstream["exchanges"]["first"]["client"] == one["id"]
    assert upstream["exchanges"]["first"]["is_first_of_upstream"]


def test_a_diagram_tells_the_whole_story_and_its_durations_add_up(visited):
    proxy, one = visited
    text = diagram(proxy, one)
    steps = told(text)
    expected = ["C->>G SYN", "G->>C SYN-ACK", "C->>G ACK", "C->>G ClientHello", "G->>C ServerHello", "G->>C Finished", "C->>G Finished",
                "C->>G preface, SETTINGS", "C->>G GET /hello", "G->>U SYN", "U->>G SYN-ACK", "G->>U ACK", "G->>U GET /hello", "U->>G 200", "G->>C 200"]
    places = [place(steps, message) for message in expected]
    assert places == sorted(places), steps
    # Neither end waits for the other's SETTINGS.
    assert place(steps, "C->>G Finished") < place(steps, "G->>C SETTINGS") < place(steps, "C->>G SETTINGS ACK")
    assert_adds_up(text, one)
    assert_ends_as_recorded(steps, one)


def test_one_visit_by_http2_and_one_web_socket_are_drawn_from_syn_to_fin_with_times_that_add_up(start, start_for_module, origin, authority):
    with Server("websocket_echo.js") as echo:
        proxy = start(routes=[{"match": {"path": "/chat"}, "upstream": "echo"}, {"upstream": "app"}],
                      upstreams={"echo": {"endpoints": [echo.endpoint]}, "app": {"endpoints": [origin.endpoint]}}, tls=True)
        got = curl("--http2", "--cacert", authority.ca_file, "--write-out", "%{http_version}", proxy.url("/hello", "https"))
        assert (got.status, got.text) == (0, "ok2"), got.errors
        assert talk(proxy.url("/chat?room=1", "https").replace("http", "ws", 1), authority.ca_file)["code"] == 4001
        eventually(lambda: [one["state"] for one in listed(proxy, "?side=client")] == ["closed"] * 2, "two closed connections")
        web_socket, visit = listed(proxy, "?side=client")
    shaken = ["C->>G SYN", "G->>C SYN-ACK", "C->>G ACK", "C->>G ClientHello", "G->>C ServerHello", "G->>C Finished", "C->>G Finished"]
    settings = ["G->>C SETTINGS", "C->>G preface, SETTINGS", "C->>G SETTINGS ACK"]
    upgraded = ["C->>G GET /chat, Upgrade to WebSocket", "G->>U GET /chat, Upgrade to WebSocket", "U->>G 101 Switching Protocols", "G->>C 101 Switching Protocols"]
    expected = {visit["id"]: shaken + settings + ["C->>G GET /hello", "G->>U GET /hello", "U->>G 200", "G->>C 200"], web_socket["id"]: shaken + upgraded}
    texts = {one["id"]: diagram(proxy, one) for one in (visit, web_socket)}
    drawings = drawn_by_mermaid(list(texts.values()), start_for_module.directory(), authority.localhost)
    for one, drawing, kind in zip((visit, web_socket), drawings, ("h2", "ws")):
        assert "error" not in drawing, drawing
        text, steps = texts[one["id"]], told(texts[one["id"]])
        for message in expected[one["id"]]:
            what = steps[place(steps, message)][0].split(" ", 1)[1]
            assert what in "\n".join(drawing["texts"]), what
        assert_adds_up(text, one)
        assert_ends_as_recorded(steps, one)
        checked = assert_phases_add_up(steps, one["phases"], OWN)
        assert checked >= {"accept_wait", "tls_client_flight", "first_request"} | ({"h2_preface", "h2_settings"} if kind == "h2" else set())
        exchange = one["exchanges"]["first"]
        for side, places in EXCHANGES.items():
            checked |= assert_phases_add_up(steps, exchange["phases"].get(side, {}), places)
        assert checked >= ({"first_byte"} if kind == "h2" else {"first_byte", "websocket_upgrade"})
        upstream = json.loads(proxy.admin.get(f"{API}/{exchange['upstream']}")[1])
        assert assert_phases_add_up(steps, upstream["phases"], DIALLED) == {"tcp"}


def test_a_hello_that_must_be_repeated_is_drawn_twice(start, origin):
    proxy = start(origin, tls=True)
    s_client(proxy.https, "-groups", "P-521:P-256", "-ign_eof", stdin=b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    one = closed(proxy, "?phase=tls_retry&side=client")
    assert one["tls"]["retried"] and [message["type"] for message in one["tls"]["messages"]][:4] == ["ClientHello", "HelloRetryRequest", "ClientHello", "ServerHello"]
    steps = [what.split(",")[0] for what, _ in told(diagram(proxy, one))]
    hello = steps.index("C->>G ClientHello")
    assert steps[hello:hello + 4] == ["C->>G ClientHello", "G->>C HelloRetryRequest", "C->>G ClientHello", "G->>C ServerHello"]


def test_a_fingerprint_shows_where_it_is_asked_for(start, origin, authority):
    proxy = start(origin, tls={"certificates": ["web"], "ja4": True}, certificates={"web": authority.localhost},
                  log={"access": {"format": "json", "file": "stdout"}})
    curl("--cacert", authority.ca_file, proxy.url("/", "https"))
    [line] = proxy.log_lines(1)
    assert closed(proxy)["tls"]["ja4"] == line["client"]["ja4"]


def test_a_tunnel_shows_what_was_dialled_for_it_and_what_it_took(start, start_for_module, origin, authority):
    inner = start(origin, tls=True)
    proxy = start(forward={"allow": ["127.0.0.0/8:*"]})
    curl("--proxy", proxy.url(), "--cacert", authority.ca_file, inner.url("/", "https"))
    one = closed(proxy, "?side=client&phase=connect_tunnel")
    inside = one["exchanges"]["first"]["phases"]["tunnel"]
    assert inside["dns"] > 0 and inside["tls"] > 0
    [dialled] = listed(proxy, "?side=upstream")
    assert inside["tcp"] == dialled["phases"]["tcp"]
    steps = told(diagram(proxy, one))
    expected = [f"C->>G CONNECT localhost#58;{inner.https}", "Note over G name resolved", "G->>U SYN", "U->>G SYN-ACK", "G->>U ACK", "G->>C 200 tunnel opens"]
    places = [place(steps, message) for message in expected]
    assert places == sorted(places), steps


def test_mermaid_draws_what_happened(start, start_for_module, origin, authority):
    with Server("websocket_echo.js") as echo:
        proxy = start(routes=[{"match": {"path": "/chat"}, "upstream": "echo"}, {"upstream": "app"}],
                      upstreams={"echo": {"endpoints": [echo.endpoint]}, "app": {"endpoints": [origin.endpoint]}}, tls=True)
        talk(proxy.url("/chat", "https").replace("http", "ws", 1), authority.ca_file)
        curl("--http2", "--cacert", authority.ca_file, proxy.url("/style:a;b%23<b>$$end", "https"))
        with Wire.connect(proxy.https) as wire:
            wire.send("GET / HTTP/1.1\r\n\r\n")  # not what a TLS listener expects
            wire.receive_all()
        eventually(lambda: [one["state"] for one in listed(proxy, "?side=client")] == ["closed"] * 3, "three closed connections")
        all_of_them = listed(proxy)
    drawings = drawn_by_mermaid([diagram(proxy, one) for one in all_of_them], start_for_module.directory(), authority.localhost)
    assert not [drawing for drawing in drawings if "error" in drawing or drawing["scripts"]], drawings
    shown = "\n".join(text for drawing in drawings for text in drawing["texts"])
    for text in ("SYN-ACK", "ClientHello", "101 Switching Protocols", "GET /style:a;b%23<b>$$end", "plaintext http"):
        assert text in shown, text


def test_a_picture_is_well_formed_and_shows_phases_and_messages(visited):
    proxy, one = visited
    status, text = proxy.admin.get(f"{API}/{one['id']}.svg")
    assert status == 200
    svg = "{http://www.w3.org/2000/svg}"
    texts = [element.text or element.find(f"{svg}title").tail for element in xml.fromstring(text).iter(f"{svg}text")]
    for shown in ("client tls_client_flight", "client h2_settings", "upstream first_byte", "SETTINGS ACK", "GET /hello", "0.000 ms"):
        assert shown in texts, shown
    assert any(text.startswith("ClientHello, ") for text in texts)


def test_a_handshake_that_failed_is_found_by_its_result(start, origin, authority):
    proxy = start(origin, f"http://127.0.0.1:{free_port()}", tls=True)
    Wire.connect(proxy.https).close()
    curl(proxy.url("/"))
    curl(proxy.url("/"))
    failed = eventually(lambda: listed(proxy, "?result=failed&side=client"))
    assert [(one["result"], one["stage"], one["name"]) for one in failed] == [("client_eof_before_hello", "connected", "https")]
    assert [one["id"] for one in listed(proxy, "?result=client_eof_before_hello")] == [failed[0]["id"]]
    refused = listed(proxy, "?result=refused")
    assert refused and "U->>G: RST, refused" in diagram(proxy, refused[0])


def test_filters_choose_and_faults_are_named(visited):
    proxy, one = visited
    assert [found["id"] for found in listed(proxy, "?name=https&side=client&over=1us")] == [one["id"]]
    assert listed(proxy, "?name=http") == listed(proxy, "?over=1h") == []
    for phase in ("h2_preface", "h2_settings", "first_request"):
        assert [found["id"] for found in listed(proxy, f"?phase={phase}&side=client&result=ok&limit=1")] == [one["id"]]
        micros = int(one["phases"][phase])
        assert len(listed(proxy, f"?phase={phase}&side=client&over={micros}us")) == 1
        assert listed(proxy, f"?phase={phase}&side=client&over={micros + 1}us") == []
    assert listed(proxy, "?phase=tls_retry") == listed(proxy, "?phase=websocket_upgrade") == []
    assert [found["id"] for found in listed(proxy, f"?since={one['id']}")] == [one["exchanges"]["first"]["upstream"]]
    for path, status, about in (("?limit=0", 400, "limit"), ("?colour=red", 400, "colour"), ("/x", 400, "x"), ("/77777", 404, "77777"), ("/1.png", 404, ".png")):
        got, body = proxy.admin.get(API + path)
        assert (got, about in json.loads(body)["error"]) == (status, True), body


def test_events_come_as_they_happen(start, origin, authority):
    proxy = start(origin, tls=True)
    listening = http.client.HTTPConnection("localhost", proxy.admin.port, timeout=PATIENCE)
    listening.request("GET", f"{API}/events")
    events = listening.getresponse()
    assert events.getheader("Content-Type") == "text/event-stream"
    curl("--cacert", authority.ca_file, proxy.url("/", "https"))
    seen, name = {}, None
    while "closed" not in seen:
        line = events.readline().decode().rstrip("\n")
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            one = json.loads(line.removeprefix("data: "))
            if one["side"] == "client":
                seen[name] = one
    listening.close()
    assert seen["handshake"]["id"] == seen["closed"]["id"] and seen["closed"]["exchanges"]["ended"] == 1
    assert list(seen) == ["handshake", "closed"]
