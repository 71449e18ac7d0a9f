"""Certificates from the openssl command: ECDSA P-256, an authority and what it signs."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


def _openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr


@dataclass(frozen=True)
class Certificate:
    cert: Path
    key: Path


class Authority:
    def __init__(self, directory):
        self._directory = Path(directory)
        self.root = self._make("root", "Test authority", "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign")
        self.ca_file = self.root.cert

    def issue(self, name, *hosts):
        """A leaf for the hosts, called `name` among the files."""
        names = ",".join(f"IP:{host}" if host[0].isdigit() else f"DNS:{host}" for host in hosts)
        return self._make(name, hosts[0], f"subjectAltName={names}", "basicConstraints=critical,CA:FALSE",
                          signed_by=("-CA", self.root.cert, "-CAkey", self.root.key))

    def _make(self, name, common_name, *extensions, signed_by=()):
        made = Certificate(self._directory / f"{name}.pem", self._directory / f"{name}.key")
        added = [word for extension in extensions for word in ("-addext", extension)]
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "7",
                 "-subj", f"/CN={common_name}", *added, "-keyout", made.key, "-out", made.cert, *signed_by)
        return made

    def client_context(self, *, oldest=None, newest=None, alpn=("http/1.1",)):
        """What a client that trusts this authority connects with."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        if alpn:
            context.set_alpn_protocols(list(alpn))
        if oldest:
            context.minimum_version = oldest
        if newest:
            context.maximum_version = newest
        return context
