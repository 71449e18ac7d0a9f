"""The recent connections, as the admin listener shows them of what real clients did."""

import http.client
import json
import re
import xml.etree.ElementTree as xml

import pytest

from support.commands import curl
from support.http1 import Wire
from support.mermaid import drawn_by_mermaid
from support.node import Server, talk
from support.ports import free_port
from support.process import PATIENCE, eventually

API = "/api/v1/handshakes"
INSTANT = re.compile(r"<br/>(-?\d+\.\d{3}) ms(?: \(\+(\d+\.\d{3}) ms\))?$")


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
    assert one["tls"] == {"version": line["client"]["tls_version"], "resumed": False, "cipher": line["client"]["cipher"],
                          "group": line["client"]["group"], "alpn": "h2"}
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
    messages = [re.sub(r"<br/>.*", "", line).strip() for line in text.splitlines()]
    expected = ["C->>G: SYN", "G->>C: SYN-ACK", "C->>G: ACK", "C->>G: ClientHello", "G->>C: ServerHello", "C->>G: Finished", "C->>G: GET /hello",
                "G->>U: SYN", "U->>G: SYN-ACK", "G->>U: GET /hello", "U->>G: 200", "G->>C: 200"]
    found = [message for message in messages if message in expected]
    assert found == expected
    assert_adds_up(text, one)


def test_a_web_socket_shows_its_upgrade(start, authority):
    with Server("websocket_echo.js") as echo:
        proxy = start(echo, tls=True)
        talk(proxy.url("/chat?room=1", "https").replace("http", "ws", 1), authority.ca_file)
        one = closed(proxy)
    exchange = one["exchanges"]["first"]
    assert (exchange["path"], exchange["status"]) == ("/chat", 101)
    text = diagram(proxy, one)
    assert "U->>G: 101 Switching Protocols" in text and "G->>C: 101 Switching Protocols" in text and "tunnel over" in text
    assert_adds_up(text, one)


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
    for shown in ("client tls_client_flight", "client first_request", "upstream first_byte", "ClientHello", "GET /hello", "0.000 ms"):
        assert shown in texts, shown


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
