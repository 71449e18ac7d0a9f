"""The origin and the proxies: how each is configured, started and reached."""

import itertools
import os
import shutil
import socket
import string
import subprocess
import time
from pathlib import Path

from isolation import LOAD_CPU, PROXY_CPU
from process import Process

PROXIES = ("gladhand", "nginx", "haproxy", "h2o", "nghttpx", "apache")
UNOBSERVED = "unobserved"  # Gladhand again, from the build that measures nothing
ORIGIN_PORTS = {"origin": 800, "echo": 801}  # an nginx, and `wire echo-server`
BODY_BYTES = {"/1k": 1024, "/1m": 1024 * 1024}
POSTED_BYTES = 64 * 1024  # by post.lua, too

_PORT_KINDS = ("plain_port", "tls_port", "h2_port", "admin_port")
_CONFIGS = Path(__file__).resolve().parent / "configs"
_START_SECONDS = 10


class BenchError(Exception):
    """Why a proxy cannot be measured."""


class Site:
    """What all servers share: certificate, files, program names. Lives in one temporary directory."""

    def __init__(self, directory, gladhand, unobserved, wire):
        self.directory = Path(directory)
        self.commands = {
            "origin": ["nginx", "-c"],
            "echo": [self._copy_of(wire, "wire"), "echo-server"],
            "nginx": ["nginx", "-c"],
            "haproxy": ["haproxy", "-db", "-f"],
            "h2o": ["h2o", "-c"],
            "nghttpx": ["nghttpx", "--conf"],
            "apache": ["apache2", "-DFOREGROUND", "-f"],
            "gladhand": [self._copy_of(gladhand, "gladhand"), "run", "--config"],
            UNOBSERVED: [self._copy_of(unobserved, UNOBSERVED), "run", "--config"],
        }
        self.values = {
            "origin_files": self.directory / "files",
            "certificate": self.directory / "bench.pem",
            "key": self.directory / "bench.key",
            "combined": self.directory / "combined.pem",
        }
        free = itertools.count(max(ORIGIN_PORTS.values()) + 1)
        self.ports = {name: {kind: next(free) for kind in _PORT_KINDS} for name in (*PROXIES, UNOBSERVED)}
        self.folders = itertools.count(1)
        self._make_certificate()
        self._make_files()

    def version(self, name):
        program = self.commands[name][0]
        question = "version" if name in ("gladhand", UNOBSERVED) else "-v"
        try:
            answer = subprocess.run([program, question], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        except OSError as error:
            raise BenchError(f"{program}: {error.strerror}") from None
        return answer.stdout.partition("\n")[0]

    def _copy_of(self, binary, name):
        """A build that ends meanwhile must not change the program between two scenarios."""
        return shutil.copy2(binary, self.directory / name) if os.path.exists(binary) else str(binary)

    def _make_certificate(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "7",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
             "-keyout", self.values["key"], "-out", self.values["certificate"]], check=True, capture_output=True)
        parts = (self.values["certificate"].read_text(), self.values["key"].read_text())
        self.values["combined"].write_text("".join(parts))

    def _make_files(self):
        self.values["origin_files"].mkdir()
        for path, size_bytes in BODY_BYTES.items():
            (self.values["origin_files"] / path[1:]).write_bytes(os.urandom(size_bytes))


class Server:
    """One running server. Ready for requests once constructed; `stop()` it. A proxy is told its scenario."""

    def __init__(self, site, name, scenario=None):
        self.name = name
        self._ports = site.ports[name] if scenario else {"plain_port": ORIGIN_PORTS[name]}
        directory = site.directory / f"{next(site.folders)}-{name}"
        directory.mkdir()
        argument = str(ORIGIN_PORTS[name]) if name == "echo" else self._write_config(site, directory, scenario)
        cpu = PROXY_CPU if scenario else LOAD_CPU
        environment = {"OPENSSL_CONF": str(_CONFIGS / "openssl.cnf")} if name == "haproxy" else {}
        program = site.commands[name][0]
        try:
            self.process = Process([*site.commands[name], argument], cpu, directory / "output", environment)
        except OSError as error:
            raise BenchError(f"{program}: {error.strerror}") from None
        try:
            self._await_ready()
        except BaseException:
            self.stop()
            raise

    def port(self, name):
        return self._ports[name]

    def stop(self):
        self.process.stop()

    def expect_running(self):
        if not self.process.is_running():
            raise BenchError(f"{self.name} has exited:\n{self.process.log_tail()}")

    def expect_pinned(self):
        if self.process.cpus() != {PROXY_CPU}:
            raise BenchError(f"{self.name} runs on CPUs {self.process.cpus()}, not where it was put")

    def _write_config(self, site, directory, scenario):
        name = "gladhand" if self.name == UNOBSERVED else self.name
        special = list(_CONFIGS.glob(f"{name}-{scenario.name}.*")) if scenario else []
        template, = special or _CONFIGS.glob(f"{name}.*")
        config = directory / template.name
        values = {**site.values, **self._ports, "directory": directory}
        if scenario:
            values["origin_port"] = ORIGIN_PORTS[scenario.origin]
        config.write_text(_Template(template.read_text()).substitute(values))
        return config

    def _await_ready(self):
        deadline = time.monotonic() + _START_SECONDS
        while True:
            self.expect_running()
            try:
                return socket.create_connection(("127.0.0.1", self._ports["plain_port"]), timeout=1).close()
            except OSError as error:
                if time.monotonic() > deadline:
                    raise BenchError(f"{self.name} does not listen: {error}\n{self.process.log_tail()}") from None
            time.sleep(0.05)


class _Template(string.Template):
    """`@name@`, since the configurations are full of dollars and braces."""

    pattern = r"@(?:(?P<named>[a-z0-9_]+)@|(?P<escaped>(?!))|(?P<braced>(?!))|(?P<invalid>(?!)))"
