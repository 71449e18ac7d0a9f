"""Chromium without a screen. What a page sees, it tells its origin: nobody looks at it from outside."""

import base64
import hashlib
import subprocess

from .commands import ENVIRONMENT
from .process import prepare_child

# It calls nobody by itself, and finds no other names than this machine's.
_OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions", "--no-first-run", "--no-proxy-server",
    "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost", "--remote-debugging-port=0", "--enable-logging=stderr",
]


_PROGRAM = "/usr/lib/chromium/chromium-headless-shell"  # the one in /usr/bin is a shell that waits for it: killed, it leaves it behind


class Browser:
    """Opens a page and keeps it open. Of certificates it trusts that one, if any, besides those of the system."""

    def __init__(self, url, directory, certificate=None):
        self._errors = directory / "stderr"
        with open(self._errors, "wb") as errors:
            self._child = subprocess.Popen(
                [_PROGRAM, *_OPTIONS, f"--user-data-dir={directory}/profile",
                 *([f"--ignore-certificate-errors-spki-list={_key_digest(certificate)}"] if certificate else []), url],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, preexec_fn=prepare_child(),
                env={**ENVIRONMENT, "HOME": str(directory)})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._child.kill()
        self._child.wait()

    @property
    def errors(self):
        return self._errors.read_text(errors="replace")


def _key_digest(certificate):
    def openssl(*arguments, stdin):
        return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=True).stdout
    key = openssl("x509", "-in", certificate.cert, "-pubkey", "-noout", stdin=b"")
    return base64.b64encode(hashlib.sha256(openssl("pkey", "-pubin", "-outform", "der", stdin=key)).digest()).decode()
