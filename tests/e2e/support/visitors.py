"""A place where everything happens that Gladhand measures: origins of every kind, a proxy before them, and visits of every kind.

Each visit is a function of the place; together they let every phase, every failure that is common, and every way to close occur.
"""

import base64
import contextlib
import hashlib
import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from .commands import command
from .h2 import Client
from .h2_frames import goaway
from .h2_origin import Http2Origin
from .http1 import Wire, response
from .origin import Origin
from .ports import free_port
from .proxy import Proxy, toml
from .tls import SlowTls

TCP_FASTOPEN_CONNECT = 30
REQUEST = "GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
UPGRADE = ("GET /chat/ HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")


class Place:
    """`host` is where the proxy listens. `distant` runs a function where the partner, an upstream at `partner_host`, lives."""

    def __init__(self, directory, authority, *, host="127.0.0.1", partner_host="127.0.0.2", distant=lambda work: work(), allow=()):
        self.authority, self.host, self.directory = authority, host, directory
        self.slowness = lambda: 0.0  # seconds that origins take over a request
        self._open = contextlib.ExitStack()
        self._builder = ThreadPoolExecutor(1)  # whose thread stays in the network of whoever made the place
        self._builder.submit(int).result()
        # The kernel keeps one cookie of Fast Open for an address, whatever the port: the partner has an address of its own.
        secured = authority.server_context(authority.issue("partner", partner_host))
        self.partner = distant(lambda: Origin(self._answer, host=partner_host, tls=secured, fast_open=b"1" * 16))
        retrying = authority.server_context(authority.localhost)
        retrying.set_ecdh_curve("secp384r1")  # a group that our hello has no key share of
        retrying.num_tickets = 0               # and every handshake in full
        self.strict = Origin(self._answer, tls=retrying)
        self.plain = Origin(self._answer)
        self.chat = Origin(_shake_hands_of_a_websocket)
        self.streams = Http2Origin(self._answer_a_stream)
        for origin in (self.partner, self.strict, self.plain, self.chat, self.streams):
            self._open.callback(origin.stop)
        self.proxy = self._proxy(allow)
        self._open.callback(self.proxy.kill)
        self.proxy.wait_until_ready()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._open.close()

    def _proxy(self, allow):
        names = ("http", "https", "balanced", "egress")
        ports, admin = {name: free_port() for name in names}, free_port()
        trust = {"tls": {"ca": str(self.authority.ca_file)}}
        one_request = {"timeouts": {"pool_idle": "40ms"}}  # each request of a visit dials anew
        tls = {"certificates": ["web"], "early_data": True}
        of_listener = {
            "http": {"fast_open": 16},
            "https": {"tls": tls, "fast_open": 16},
            "balanced": {"tls": {"certificates": ["web"]}, "proxy_protocol": ["127.0.0.0/8", *allow]},
            "egress": {"mode": "forward", "forward": {"allow": ["127.0.0.0/8:*", "localhost:*", *(f"{network}:*" for network in allow)]}},
        }
        upstreams = {
            "partner": {"endpoints": [self.partner.endpoint], "fast_open": True, **trust, **one_request},
            "strict": {"endpoints": [self.strict.endpoint], **trust, **one_request},
            "shop": {"endpoints": [f"http://localhost:{self.plain.port}"]},
            "chat": {"endpoints": [self.chat.endpoint], "health": {"interval": "1s", "timeout": "1s"}},
            "streams": {"endpoints": [self.streams.endpoint], **one_request},
            "stranger": {"endpoints": [self.strict.endpoint]},  # whose authority we do not know
            "gone": {"endpoints": [f"http://127.0.0.1:{free_port()}"]},
            "shaky": {"endpoints": [f"http://127.0.0.1:{free_port()}", self.plain.endpoint]},
        }
        routes = [{"match": {"path": f"/{name}/*"}, "upstream": name} for name in upstreams]
        parts = [_section("[server]", {"admin": f"127.0.0.1:{admin}", "workers": 2, "drain_timeout": "1s"})]
        parts += [_section("[[listener]]", {"name": name, "address": f"{self.host}:{ports[name]}", **more}) for name, more in of_listener.items()]
        parts.append(_section("[certificate.web]", {"cert": str(self.authority.localhost.cert), "key": str(self.authority.localhost.key)}))
        parts += [_section(f"[upstream.{name}]", table) for name, table in upstreams.items()]
        parts += [_section("[[route]]", route) for route in routes]
        return Proxy(self.directory, "\n".join(parts), ports, admin)

    # ---- what origins do

    def _answer(self, request, wire):
        time.sleep(self.slowness())
        if "slow" in request.target:
            time.sleep(0.05)
        if "fail" in request.target:
            return response(b"no", "503 Service Unavailable")
        if "cut" in request.target:
            wire.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")
            return Origin.HANG_UP
        return response(b"ok" * 200)

    def _answer_a_stream(self, server, stream):
        if "drain" in stream.fields.get(":path"):
            server.send(goaway(last=stream.number))
            time.sleep(0.02)
        time.sleep(self.slowness())
        server.answer(stream)

    # ---- what visitors do it with

    def wire(self, listener="http"):
        return Wire.connect(self.proxy.ports[listener], host=self.host)

    def context(self, version):
        return self.authority.client_context(oldest=version, newest=version)

    def secured(self, version=ssl.TLSVersion.TLSv1_3, listener="https", preface=None, session=None):
        wire = self.wire(listener)
        if preface:
            wire.send(preface)
        return SlowTls(None, self.context(version) if session is None else session[0], wire=wire, session=session and session[1])

    @contextlib.contextmanager
    def new_origin(self, **options):
        """Beside the proxy, at a port of its own: its name was never looked up before."""
        with self._builder.submit(lambda: Origin(self._answer, **options)).result() as origin:
            yield origin

    def s_client(self, *arguments, stdin=b""):
        return command("openssl", "s_client", "-connect", f"{self.host}:{self.proxy.https}", "-servername", "localhost", *arguments, stdin=stdin)


def _section(header, values):
    return "\n".join([header, *(f"{key} = {toml(value)}" for key, value in values.items()), ""])


def _shake_hands_of_a_websocket(request, wire):
    key = request.fields.get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3
    accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
    wire.send(f"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n")
    wire.receive_all()


# ---- visits

def _asks_in_the_clear(place):
    with place.wire() as wire:
        for target in ("/shop/", "/shop/slow", "/nowhere"):
            wire.get(target)
            wire.read_response()


def _comes_by_tls(version):
    def visit(place):
        context = place.context(version)
        session = None
        for _ in range(2):
            with place.secured(session=session and (context, session)) if session else SlowTls(None, context, wire=place.wire("https")) as client:
                client.shake_hands()
                assert client.request(REQUEST.format("/shop/")).startswith(b"HTTP/1.1 200")
                session = client.session
    return visit


def _comes_by_http_2(place):
    context = place.authority.client_context(alpn=("h2",))
    with Client(context.wrap_socket(place.wire("https").sock, server_hostname="localhost"), "https") as client:
        client.authority = "localhost"
        client.greet()
        client.read_until(lambda: client.is_greeted, "SETTINGS")
        for path in ("/partner/", "/streams/", "/strict/"):
            assert client.get(path).status == 200
        asked = client.request(path="/shop/slow")
        client.send(goaway())
        assert client.response(asked).status == 200


def _comes_behind_a_balancer(place):
    with place.secured(listener="balanced", preface="PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\n") as client:
        client.shake_hands()
        assert client.request(REQUEST.format("/partner/")).startswith(b"HTTP/1.1 200")


def _has_no_good_key_share(place):
    got = place.s_client("-quiet", "-groups", "P-521:P-256", stdin=REQUEST.format("/shop/").encode())
    assert got.output.startswith(b"HTTP/1.1 200"), got.errors


def _asks_early(place):
    folder = place.directory
    mark = threading.get_ident()
    ticket, early = folder / f"session-{mark}", folder / f"early-{mark}"
    early.write_text(REQUEST.format("/shop/"))
    assert "200 OK" in place.s_client("-tls1_3", "-sess_out", ticket, "-ign_eof", stdin=REQUEST.format("/shop/").encode()).text
    assert "200 OK" in place.s_client("-tls1_3", "-sess_in", ticket, "-early_data", early, "-ign_eof").text


def _asks_in_the_syn(place):
    for _ in range(2):
        with socket.socket() as client:
            client.settimeout(10)
            client.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)
            client.connect((place.host, place.proxy.http))
            client.sendall(REQUEST.format("/shop/").encode())
            assert client.recv(65536).startswith(b"HTTP/1.1 200")


def _opens_a_websocket(place):
    with place.wire() as wire:
        wire.send(UPGRADE)
        assert wire.receive().startswith(b"HTTP/1.1 101")


def _goes_through_a_tunnel(place):
    with place.new_origin(tls=place.authority.server_context(place.authority.localhost)) as origin, place.wire("egress") as wire:
        target = f"localhost:{origin.port}"
        wire.send(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n")
        assert wire.receive().startswith(b"HTTP/1.1 200")
        client = SlowTls(None, place.context(ssl.TLSVersion.TLSv1_3), wire=wire)
        client.shake_hands()
        assert client.request(REQUEST.format("/")).startswith(b"HTTP/1.1 200")


def _has_something_fetched(place):
    with place.new_origin() as origin, place.wire("egress") as wire:
        target = f"localhost:{origin.port}"
        wire.get(f"http://{target}/fetched", host=target)
        assert wire.read_response().status == 200


def _meets_trouble(place):
    for target, status in (("/gone/", 502), ("/stranger/", 502), ("/shaky/", 200), ("/shop/fail", 503), ("/streams/drain", 200)):
        with place.wire() as wire:
            wire.get(target)
            assert wire.read_response().status == status, target
    with place.wire() as wire, contextlib.suppress(Exception):
        wire.get("/shop/cut")
        wire.read_response()
    wire = place.wire()
    wire.get("/shop/slow")
    time.sleep(0.02)
    wire.reset()


def _is_refused(place):
    place.wire("https").close()
    with place.wire("https") as wire:
        wire.send(REQUEST.format("/"))
        wire.receive_all()
    no_cipher = place.context(ssl.TLSVersion.TLSv1_2)
    no_cipher.set_ciphers("AES128-GCM-SHA256")  # for certificates with an RSA key
    for context in (no_cipher, ssl.create_default_context()):  # the latter does not trust us
        with place.wire("https") as wire, contextlib.suppress(OSError):
            context.wrap_socket(wire.sock, server_hostname="localhost").close()


VISITS = [_asks_in_the_clear, _comes_by_tls(ssl.TLSVersion.TLSv1_3), _comes_by_tls(ssl.TLSVersion.TLSv1_2), _comes_by_http_2,
          _comes_behind_a_balancer, _has_no_good_key_share, _asks_early, _asks_in_the_syn, _opens_a_websocket, _goes_through_a_tunnel,
          _has_something_fetched, _meets_trouble, _is_refused]


class Visitors:
    """People who come again and again, each in a way of his own, until `stop`. What went wrong is in `troubles`."""

    def __init__(self, place, pause=lambda: 0.2, visits=VISITS):
        self.troubles = []
        self._visits = dict.fromkeys(visits, 0)
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._come_again, args=(place, visit, pause), daemon=True) for visit in visits]
        for thread in self._threads:
            thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _come_again(self, place, visit, pause):
        while not self._is_over.is_set():
            try:
                visit(place)
                self._visits[visit] += 1
            except Exception as trouble:  # on a machine that is busy some are late
                self.troubles.append(f"{visit.__name__}: {trouble!r}")
            self._is_over.wait(pause())

    @property
    def fewest(self):
        """How often he was served who was served least."""
        return min(self._visits.values())

    def stop(self):
        self._is_over.set()
        for thread in self._threads:
            thread.join()
