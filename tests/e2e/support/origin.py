"""Origins: servers behind the proxy that see exactly what it forwards."""

import contextlib
import socket
import subprocess
import threading
from pathlib import Path

from .http1 import Malformed, Request, Fields, Truncated, Wire, response
from .ports import free_port
from .process import PATIENCE, eventually, prepare_child


class Origin:
    """Answers every request by a function, and keeps what came.

    `answer(request, wire)` is called with the whole request. It returns the bytes to send, or sends by itself and returns
    None. Returning `HANG_UP` closes the connection. With `tls`, a context, it speaks TLS. It lives on loopback unless a
    `host`, an address, is named. With `fast_open`, 16 bytes, it gives out cookies of that key.
    """

    HANG_UP = object()

    def __init__(self, answer=None, port=0, tls=None, host="127.0.0.1", fast_open=None):
        self._tls = tls
        self.answer = answer or (lambda request, wire: response())
        self._lock = threading.Lock()
        self._requests = []
        self._wires = set()
        self.connections = 0
        self._listener = socket.create_server((host, port), backlog=512)
        if fast_open:
            self.use_key(fast_open)
            self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)
        self.port = self._listener.getsockname()[1]
        name = "localhost" if tls and host == "127.0.0.1" else host
        self.endpoint = f"{'https' if tls else 'http'}://{name}:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def requests(self):
        """What has come so far, in the order of the heads; a request may still be incomplete."""
        with self._lock:
            return list(self._requests)

    @property
    def last(self):
        return self.requests[-1]

    def take(self):
        """What has come since the last take."""
        with self._lock:
            taken, self._requests = self._requests, []
            return taken

    def wait_for(self, count):
        """Until so many heads have come."""
        return eventually(lambda: len(self.requests) >= count and self.requests, f"{count} requests at the origin")

    def use_key(self, key):
        self._listener.setsockopt(socket.IPPROTO_TCP, 33, key)  # TCP_FASTOPEN_KEY

    def hang_up(self):
        """Closes every connection that is open now."""
        with self._lock:
            wires = list(self._wires)
        for wire in wires:
            with contextlib.suppress(OSError):
                wire.sock.shutdown(socket.SHUT_RDWR)

    def stop(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                threading.Thread(target=self._serve, args=(sock, self.connections), daemon=True).start()

    def _serve(self, sock, number):
        if self._tls:
            sock.settimeout(PATIENCE)
            try:
                sock = self._tls.wrap_socket(sock, server_side=True)
            except OSError:
                return sock.close()
        wire = Wire(sock)
        with self._lock:
            self._wires.add(wire)
        try:
            with wire, contextlib.suppress(OSError, Truncated, Malformed, AssertionError):
                wire.sock.settimeout(None)  # an idle connection is no failure
                while self._serve_one(wire, number):
                    pass
        finally:
            with self._lock:
                self._wires.discard(wire)

    def _serve_one(self, wire, number):
        request = Request("", Fields())
        request.connection = number
        try:
            if wire.read_request_head(request) is None:
                return False
        except (Truncated, Malformed):
            if request.raw:
                self._keep(request)  # half a head, or a bad one, is evidence too
            raise
        self._keep(request)
        if "Expect" in request.fields:
            wire.send("HTTP/1.1 100 Continue\r\n\r\n")
        wire.read_body(request)
        answer = self.answer(request, wire)
        if answer is Origin.HANG_UP:
            return False
        if answer:
            wire.send(answer)
        return True

    def _keep(self, request):
        with self._lock:
            self._requests.append(request)


class ScriptedOrigin:
    """Does nothing by itself: a test accepts each connection and plays the server's part line by line."""

    def __init__(self, receive_buffer=None):
        self._listener = socket.socket()
        if receive_buffer:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(64)
        self._listener.settimeout(PATIENCE)
        self.port = self._listener.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def accept(self):
        sock, _ = self._listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Wire(sock)

    def stop(self):
        self._listener.close()


class DeafOrigin:
    """An address that completes no handshake: its accept queue is full, so the kernel drops every SYN."""

    def __init__(self):
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(0)
        self.endpoint = "http://127.0.0.1:%d" % self._listener.getsockname()[1]
        self._fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(self._listener.getsockname())
            self._fillers.append(filler)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for sock in (*self._fillers, self._listener):
            sock.close()


class Nginx:
    """Debian's nginx as an ordinary origin, under a prefix of its own, in one process that is ours to kill.

    GET serves, and PUT stores, files below `/`; `/empty` answers 204 at once.
    """

    _CONFIGURATION = """
        daemon off; master_process off; pid nginx.pid; error_log error.log; worker_rlimit_nofile 4096;
        events { worker_connections 2048; }
        http {
            access_log off; default_type application/octet-stream; keepalive_requests 1000000; keepalive_timeout 75s;
            client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
            scgi_temp_path scgi; client_max_body_size 0;
            server {
                listen 127.0.0.1:%d backlog=4096; root files;
                location / { dav_methods PUT; create_full_put_path on; }
                location = /empty { return 204; }
            }
        }
    """

    def __init__(self, directory, port=None):
        self.port = port or free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.directory = Path(directory)
        self.files = self.directory / "files"
        self.files.mkdir(parents=True, exist_ok=True)
        (self.files / "hello").write_text("hello\n")
        (self.directory / "nginx.conf").write_text(self._configuration())
        self._child = None
        self.start()

    def _configuration(self):
        return self._CONFIGURATION % self.port

    def start(self):
        self._child = subprocess.Popen(
            ["/usr/sbin/nginx", "-p", self.directory, "-c", "nginx.conf", "-e", "error.log"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=prepare_child())
        eventually(self._is_listening, "nginx listens")

    def kill(self):
        self._child.kill()
        self._child.wait()

    def _is_listening(self):
        assert self._child.poll() is None, (self.directory / "error.log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class TlsNginx(Nginx):
    """nginx as an origin behind TLS. `certificate` is its own; with `client_authority` it demands one of its clients, too.

    GET answers what nginx says of the session: "protocol resumed server-name client-verification".
    """

    _CONFIGURATION = """
        daemon off; master_process off; pid nginx.pid; error_log error.log;
        events { worker_connections 512; }
        http {
            access_log off; default_type text/plain;
            client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            server {
                listen 127.0.0.1:%(port)d ssl %(http2)s; %(options)s
                ssl_certificate %(cert)s; ssl_certificate_key %(key)s; ssl_protocols %(protocols)s;
                ssl_session_cache shared:tls:1m;
                location / { return 200 "$ssl_protocol $ssl_session_reused $ssl_server_name $ssl_client_verify"; }
            }
        }
    """

    def __init__(self, directory, certificate, *, protocols="TLSv1.2 TLSv1.3", client_authority=None, http2=False, tickets=True):
        self._certificate, self._protocols, self._client_authority = certificate, protocols, client_authority
        self._http2 = "http2" if http2 else ""
        self._tickets = "" if tickets else "ssl_session_tickets off;"
        super().__init__(directory)
        self.endpoint = f"https://localhost:{self.port}"

    def _configuration(self):
        options = f"ssl_verify_client on; ssl_client_certificate {self._client_authority};" if self._client_authority else ""
        options += self._tickets
        return self._CONFIGURATION % {"port": self.port, "http2": self._http2, "options": options, "protocols": self._protocols,
                                      "cert": self._certificate.cert, "key": self._certificate.key}
