"""TLS 1.3 early data as openssl's client sends it. curl can from version 8.11 on."""

import socket
import threading

import pytest

from support.commands import s_client
from support.http1 import Wire

GET = "GET /early HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
POST = "POST /early HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 4\r\n\r\ntext"


@pytest.fixture
def tls(authority):
    return {"tls": {"certificates": ["web"], "early_data": True}, "certificates": {"web": authority.localhost}}


def visit(port, *arguments, **options):
    return s_client(port, "-tls1_3", "-servername", "localhost", *arguments, "-ign_eof", **options)


def first_visit(proxy, tmp_path):
    first = visit(proxy.https, "-sess_out", tmp_path / "session", stdin=GET.encode())
    assert "200 OK" in first.text
    return first


def come_back(port, tmp_path, text):
    """With the ticket of the first visit, and `text` as early data."""
    (tmp_path / "early").write_text(text)
    second = visit(port, "-sess_in", tmp_path / "session", "-early_data", tmp_path / "early")
    assert "Early data was accepted" in second.text and "200 OK" in second.text, second.text + second.errors


def counted(metrics, outcome):
    return metrics.total("gladhand_tls_early_data_total", side="client", name="https", outcome=outcome)


def test_a_get_in_early_data_is_answered_and_its_upstream_warned(start, origin, tls, tmp_path):
    proxy = start(origin, **tls)
    assert counted(proxy.metrics(), "accepted") == counted(proxy.metrics(), "rejected") == 0
    assert "Max Early Data: 16384" in first_visit(proxy, tmp_path).text
    assert "early-data" not in origin.last.fields
    come_back(proxy.https, tmp_path, GET)
    assert origin.last.fields.get("early-data") == "1"
    first, second = proxy.log_lines(2)
    assert "early" not in first and "early_data" not in first["client"]
    assert second["early"] == "forwarded" and second["client"]["early_data"] == "accepted"
    metrics = proxy.metrics_when(lambda m: counted(m, "accepted") == 1)
    assert counted(metrics, "rejected") == 0
    assert metrics.count("first_request") == 1 and metrics.count("tls") == 2


def test_a_post_in_early_data_is_forwarded_without_the_warning(start, origin, tls, tmp_path):
    proxy = start(origin, **tls)
    first_visit(proxy, tmp_path)
    come_back(proxy.https, tmp_path, POST)
    assert origin.last.method == "POST" and "early-data" not in origin.last.fields
    assert proxy.log_lines(2)[1]["early"] == "held"


def test_no_ticket_allows_early_data_unless_it_is_turned_on(start, origin, tmp_path):
    proxy = start(origin, tls=True)
    assert "Max Early Data: 0" in first_visit(proxy, tmp_path).text


class Eavesdropper:
    """Relays one connection, and keeps what its client said before it was answered."""

    def __init__(self, port):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.heard = b""
        threading.Thread(target=self._relay, args=(port,), daemon=True).start()

    def _relay(self, port):
        client, _ = self._listener.accept()
        server = socket.create_connection(("127.0.0.1", port))
        is_answered = threading.Event()

        def back():
            while data := server.recv(65536):
                is_answered.set()
                client.sendall(data)
            client.shutdown(socket.SHUT_WR)
        threading.Thread(target=back, daemon=True).start()
        while data := client.recv(65536):
            if not is_answered.is_set():
                self.heard += data
            server.sendall(data)


def test_whoever_says_it_again_to_any_worker_is_not_heard(start, origin, tls, tmp_path):
    proxy = start(origin, server={"workers": 4}, **tls)
    first_visit(proxy, tmp_path)
    relay = Eavesdropper(proxy.https)
    come_back(relay.port, tmp_path, GET)
    assert len(origin.requests) == 2
    replays = [Wire.connect(proxy.https) for _ in range(16)]
    for replay in replays:
        replay.send(relay.heard)
        assert replay.receive(), "the handshake goes on"
    for replay in replays:
        replay.close()
    metrics = proxy.metrics_when(lambda m: counted(m, "rejected") == 16)
    assert counted(metrics, "accepted") == 1
    assert len(origin.requests) == 2
