"""WebSocket with a client and a server of the ws package, which most of the world's services use."""

import signal

import pytest

from support.commands import curl
from support.node import Script, Server, talk
from support.process import milliseconds

MESSAGES = 204  # of websocket_client.js


@pytest.fixture
def echo():
    with Server("websocket_echo.js") as server:
        yield server


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
    with Script("websocket_sitter.js", proxy.url("/").replace("http", "ws", 1)) as client:
        assert client.line() == "open"
        proxy.signal(signal.SIGTERM)
        assert client.line() == "1006"
        assert echo.line().startswith("1006")
        assert proxy.wait() == 4
