"""Socket.IO: a session of many requests to one endpoint, which becomes a WebSocket, and moves when its endpoint goes."""

import pytest

from support.node import Script, Server

STICKY = {"sticky": {"cookie": "srv"}}


@pytest.fixture
def servers():
    with Server("socketio_server.js", "one") as one, Server("socketio_server.js", "two") as two:
        yield {"one": one, "two": two}


@pytest.fixture(params=["http", "https"])
def join(request, authority):
    """A client of the proxy that may use those transports, or any."""
    clients = []

    def join(proxy, *transports):
        clients.append(Script("socketio_client.js", proxy.url("", request.param), *transports, authority=authority.ca_file))
        return clients[-1]
    yield join
    for client in clients:
        client.stop()


def connect(client, upgrades=True):
    """The server's name, once the session is where it shall be. Attempts in vain may come before."""
    while (word := client.word())[0] == "error":
        pass
    assert word == ["opened", "polling"]
    seen = dict(client.word() for _ in range(2 if upgrades else 1))  # in either order
    assert not upgrades or seen["upgraded"] == "websocket"
    return seen["greeting"]


def echo(client, server, count=10):
    for number in range(count):
        client.say(f"message {number}")
        assert client.word() == ["echo", server, f"message {number}"]


def test_polling_becomes_a_web_socket(start, servers, join):
    client = join(start(servers["one"], tls=True))
    assert connect(client) == "one"
    echo(client, "one")


def test_polling_alone_does(start, servers, join):
    client = join(start(servers["one"], tls=True), "polling")
    assert connect(client, upgrades=False) == "one"
    echo(client, "one")


def test_every_session_stays_where_it_began(start, servers, join):
    """Any other endpoint would refuse the requests of a session that it does not know."""
    proxy = start(*servers.values(), tls=True, upstream=STICKY)
    homes = set()
    for _ in range(8):
        client = join(proxy, "polling")
        home = connect(client, upgrades=False)
        echo(client, home)
        homes.add(home)
        if len(homes) == 2:
            return
    raise AssertionError(f"all sessions were given to {homes}")


def test_a_session_of_two_endpoints_becomes_a_web_socket_and_survives_the_loss_of_one(start, servers, join):
    client = join(start(*servers.values(), tls=True, upstream=STICKY))
    home = connect(client)
    echo(client, home)
    servers[home].stop()
    assert client.word() == ["lost", "transport close"]
    refuge = connect(client)
    assert refuge != home
    echo(client, refuge)
