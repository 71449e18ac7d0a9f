"""What is measured: one row per scenario. To add one, add a row."""

from dataclasses import dataclass

from load import H2load, Multiplexed, Tunnels, WebSockets, Wrk
from servers import ORIGIN_PORTS, UNOBSERVED

_PEERS = {"get": ("nginx", "haproxy"), "connect": ("apache",)}

# Where the cost of measuring is looked for, and how much more CPU than without it is allowed.
OBSERVATION = {"h1-1k": 0.01, "h2-1k": 0.01, "churn": None, "tls-full": 0.02, "tls-resumed": None}


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    load: object                       # run(url, seconds) -> Outcome
    path: str = "/1k"
    tls: bool = False
    resumes: bool | None = None        # must every handshake resume, or none? None: few handshakes, either is fine
    reconnects: bool = False           # one client connection per request
    is_h2: bool = False                # HTTP/2 without TLS, by prior knowledge
    kind: str = "get"                  # what a request is: get, post, websocket (a message), connect (a GET in a tunnel)

    @property
    def port_name(self):
        return "tls_port" if self.tls else "h2_port" if self.is_h2 else "plain_port"

    @property
    def peers(self):
        """Who is worth comparing with."""
        everybody = ("nginx", "haproxy", "h2o", "nghttpx")
        return everybody if self.is_h2 else _PEERS.get(self.kind, everybody)

    def wants(self, name, subject):
        return name in (subject, UNOBSERVED, *self.peers)

    @property
    def origin(self):
        return "echo" if self.kind in ("post", "websocket") else "origin"

    def url(self, port):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{port}{self.path}"


SCENARIOS = (
    Scenario("h1-1k", "1 KB, kept connections", Wrk(64)),
    Scenario("h1-1m", "1 MB, kept connections", Wrk(32), path="/1m"),
    Scenario("churn", "1 KB, a TCP connection per request", Wrk(64, reconnect=True), reconnects=True),
    # Few connections, so that a second of load carries more than 500 requests on each.
    Scenario("tls-1k", "1 KB over TLS, kept connections", Wrk(32), tls=True),
    Scenario("tls-full", "1 KB, a full TLS handshake per request", H2load(200),
             tls=True, resumes=False, reconnects=True),
    Scenario("tls-resumed", "1 KB, a resumed TLS handshake per request", Wrk(64, reconnect=True),
             tls=True, resumes=True, reconnects=True),
    Scenario("h2-1k", "1 KB over HTTP/2, 16 connections of 32 streams", Multiplexed(16, 32), is_h2=True),
    Scenario("h2-1k-one", "1 KB over HTTP/2, one connection of 100 streams", Multiplexed(1, 100), is_h2=True),
    Scenario("h2-1m", "1 MB over HTTP/2, 8 connections of 4 streams", Multiplexed(8, 4), path="/1m", is_h2=True),
    Scenario("post-64k", "a body of 64 KB to the origin, kept connections", Wrk(64, script="post.lua"), path="/post", kind="post"),
    Scenario("ws-echo", "a WebSocket message of 1 KB and its echo, kept connections", WebSockets(64), path="/ws", kind="websocket"),
    Scenario("connect-bulk", "1 MB through a CONNECT tunnel, 8 tunnels", Tunnels(8, f"127.0.0.1:{ORIGIN_PORTS['origin']}"),
             path="/1m", kind="connect"),
)
