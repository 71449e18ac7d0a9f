"""Certificates from the openssl command: ECDSA P-256, an authority and what it signs."""

import ssl
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path


def _openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr


_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc")


def _names(hosts):
    return "subjectAltName=" + ",".join(f"IP:{host}" if host[0].isdigit() else f"DNS:{host}" for host in hosts)


@dataclass(frozen=True)
class Certificate:
    cert: Path
    key: Path
    ocsp: Path | None = None  # an OCSP response to staple


class Authority:
    def __init__(self, directory):
        self._directory = Path(directory)
        self.root = self._make("root", "Test authority", "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign")
        self.ca_file = self.root.cert

    def issue(self, name, *hosts, days=7):
        """A leaf for the hosts, called `name` among the files."""
        return self._make(name, hosts[0], _names(hosts), "basicConstraints=critical,CA:FALSE", days=days,
                          signed_by=("-CA", self.root.cert, "-CAkey", self.root.key))

    def issue_expired(self, name, *hosts):
        """The same, good until yesterday."""
        made = Certificate(self._directory / f"{name}.pem", self._directory / f"{name}.key")
        request, extensions = self._directory / f"{name}.csr", self._directory / f"{name}.ext"
        extensions.write_text(f"{_names(hosts)}\nbasicConstraints=critical,CA:FALSE\n")
        _openssl("req", *_NEW_KEY, "-subj", f"/CN={hosts[0]}", "-keyout", made.key, "-out", request)
        _openssl("x509", "-req", "-in", request, "-CA", self.root.cert, "-CAkey", self.root.key, "-days", "-1",
                 "-extfile", extensions, "-out", made.cert)
        return made

    def issue_self_signed(self, name, *hosts):
        """For the hosts, and signed by nobody else: not even by this authority."""
        return self._make(name, hosts[0], _names(hosts), "basicConstraints=critical,CA:FALSE")

    def _make(self, name, common_name, *extensions, days=7, signed_by=()):
        made = Certificate(self._directory / f"{name}.pem", self._directory / f"{name}.key")
        added = [word for extension in extensions for word in ("-addext", extension)]
        _openssl("req", "-x509", *_NEW_KEY, "-days", str(days),
                 "-subj", f"/CN={common_name}", *added, "-keyout", made.key, "-out", made.cert, *signed_by)
        return made

    def stapled(self, certificate, days=1):
        """The same certificate with a fresh OCSP response, as the authority's responder gives it."""
        def path(suffix):
            return certificate.cert.with_suffix(suffix)
        serial = subprocess.run(["openssl", "x509", "-in", certificate.cert, "-noout", "-serial"], capture_output=True, text=True,
                                check=True).stdout.strip().partition("=")[2]
        path(".index").write_text(f"V\t391231235959Z\t\t{serial}\tunknown\t/CN=anybody\n")
        _openssl("ocsp", "-issuer", self.root.cert, "-cert", certificate.cert, "-reqout", path(".request"))
        _openssl("ocsp", "-index", path(".index"), "-CA", self.root.cert, "-rsigner", self.root.cert, "-rkey", self.root.key,
                 "-reqin", path(".request"), "-respout", path(".ocsp"), "-ndays", str(days))
        return replace(certificate, ocsp=path(".ocsp"))

    def server_context(self, certificate, *, alpn=("http/1.1",)):
        """What an origin serves with. `certificate` is one of ours."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.cert, certificate.key)
        context.set_alpn_protocols(list(alpn))
        return context

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
