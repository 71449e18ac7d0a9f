"""A running proxy with its configuration, its listeners and its admin listener."""

import http.client
import json

from .metrics import Metrics
from .ports import free_port
from .process import Process, eventually


def toml(value):
    """A value as TOML, tables inline."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


def _table(header, values):
    return "\n".join([header, *(f"{key} = {toml(value)}" for key, value in values.items()), ""])


class Admin:
    def __init__(self, port):
        self.port = port

    def get(self, path):
        """(status, body)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def is_ready(self):
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False


class Proxy(Process):
    """`config` is the text of the file. `ports` names the listeners: proxy.ports["http"]."""

    def __init__(self, directory, config, ports, admin_port, open_files=None, **of_process):
        self.config = directory / "gladhand.toml"
        self.config.write_text(config)
        super().__init__(["run", "--config", "gladhand.toml"], directory, open_files, **of_process)
        self.ports = ports
        self.admin = Admin(admin_port)

    @property
    def http(self):
        """The port of the plain listener."""
        return self.ports["http"]

    @property
    def https(self):
        return self.ports["https"]

    def url(self, path="/", listener="http"):
        return f"{listener}://localhost:{self.ports[listener]}{path}"

    def wait_until_ready(self):
        def is_ready():
            assert self.is_running(), f"ended at once:\n{self.errors}"
            return self.admin.is_ready()
        eventually(is_ready, "/readyz answers 200")
        return self

    def metrics(self):
        return Metrics(self.admin.get("/metrics")[1])

    def metrics_when(self, condition, what=""):
        """The first metrics that fulfil the condition: what is counted is counted when it is over."""
        seen = []

        def is_fulfilled():
            seen[:] = [self.metrics()]
            return condition(seen[0])
        try:
            eventually(is_fulfilled, what)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{seen[0].brief() if seen else ''}") from None
        return seen[0]

    def idle_metrics(self, exchanges=None):
        """The metrics once every request is accounted for, and at least so many came."""
        return self.metrics_when(lambda m: m.received == m.responses + m.resets and m.received >= (exchanges or 0),
                                 "received == responses + resets")

    def log_lines(self, count=0):
        """The access log, parsed, once it has so many lines."""
        eventually(lambda: self.output.count("\n") >= count, f"{count} lines in the access log")
        return [json.loads(line) for line in self.output.splitlines()]


def configuration(routes, upstreams, *, server=None, log=None, listener=None, tls=None, certificates=None, host="127.0.0.1"):
    """(text, ports, admin port) of a configuration with a plain listener and, with `tls`, one that speaks TLS, at `host`."""
    ports = {"http": free_port()}
    if tls:
        ports["https"] = free_port()
    admin_port = free_port()
    parts = [_table("[server]", {"admin": f"127.0.0.1:{admin_port}", "workers": 1, "drain_timeout": "5s", **(server or {})})]
    if log:
        parts.append(_table("[log]", log))
    for name, port in ports.items():
        of_its_own = {"tls": tls} if name == "https" else {}
        parts.append(_table("[[listener]]", {"name": name, "address": f"{host}:{port}", **of_its_own, **(listener or {})}))
    for name, certificate in (certificates or {}).items():
        stapled = {"ocsp": str(certificate.ocsp)} if certificate.ocsp else {}
        parts.append(_table(f"[certificate.{name}]", {"cert": str(certificate.cert), "key": str(certificate.key), **stapled}))
    for name, upstream in upstreams.items():
        parts.append(_table(f"[upstream.{name}]", upstream))
    for route in routes:
        parts.append(_table("[[route]]", route))
    return "\n".join(parts), ports, admin_port
