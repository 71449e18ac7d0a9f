"""WebSocket with a client and a server of the ws package, which most of the world's services use."""

import queue
import signal
import threading

import pytest

from support.commands import curl
from support.process import PATIENCE, milliseconds
from support.websocket import SCRIPTS, start_node, talk

MESSAGES = 204  # of websocket_client.js


class EchoServer:
    def __init__(self):
        self._process = start_node(SCRIPTS / "websocket_echo.js")
        self._lines = queue.Queue()
        threading.Thread(target=lambda: [self._lines.put(line.strip()) for line in self._process.stdout], daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self.line()}"

    def line(self):
        return self._lines.get(timeout=PATIENCE)

    def stop(self):
        self._process.kill()
        self._process.wait()


@pytest.fixture
def echo():
    server = EchoServer()
    yield server
    server.stop()


@pytest.mark.parametrize("listener", ["http", "https"])
def test_every_message_comes_back(start, echo, authority, listener):
    proxy = start(echo, tls=True)
    url = proxy.url("/chat?room=1", listener).replace("http", "ws", 1).replace("127.0.0.1", "localhost")
    seen = talk(url, authority.ca_file)
    assert seen["echoed"] == MESSAGES and seen["pongs"] == 1
    assert seen["greeting"] == {"path": "/chat?room=1", "forwarded": listener, "extensions": "permessage-deflate"}
    assert (seen["code"], seen["reason"]) == (4001, "all came back")
    assert echo.line() == "4001 all came back"
    m = proxy.idle_metrics(1)
    assert (m.received, m.responses, m.resets) == (1, 1, 0)
    assert m.total("gladhand_http_responses_total", status_class="1xx") == 1


def test_a_server_that_speaks_http_alone_refuses_by_itself(start, nginx):
    proxy = start(nginx)
    assert talk(proxy.url("/hello").replace("http", "ws", 1))["refused"] == 200


def test_the_server_sees_who_asks_with_a_wrong_key(start, echo):
    proxy = start(echo)
    got = curl("-i", "-H", "Connection: Upgrade", "-H", "Upgrade: websocket", "-H", "Sec-WebSocket-Key: short", proxy.url("/"))
    assert got.text.startswith("HTTP/1.1 400"), got.text
    assert "Sec-WebSocket-Key" in got.text


def test_a_tunnel_outlives_nobody(start, echo):
    """Both ends are closed when the proxy is told to end at once."""
    proxy = start(echo, server={"drain_timeout": milliseconds(300)})
    client = start_node("-e", "const W = require('ws'); const s = new W(process.argv[1]); s.on('message', () => console.log('open'));"
                        "s.on('close', (c) => console.log(c));", proxy.url("/").replace("http", "ws", 1))
    try:
        assert client.stdout.readline() == "open\n"
        proxy.signal(signal.SIGTERM)
        assert client.stdout.readline() == "1006\n"
        assert echo.line().startswith("1006")
        assert proxy.wait() == 4
    finally:
        client.kill()
        client.wait()
