"""Mermaid itself, in a browser: the judge of diagrams."""

import json
import queue

from .browser import Browser
from .http1 import response
from .node import PACKAGES, SCRIPTS
from .origin import Origin
from .process import SLACK


class Drawings(Origin):
    """A page that draws diagrams by Mermaid, and what it reports."""

    def __init__(self, diagrams):
        self._pages = {"/": (SCRIPTS / "mermaid.html").read_bytes(), "/diagrams": json.dumps(diagrams).encode(),
                       "/mermaid.js": (PACKAGES / "mermaid/dist/mermaid.min.js").read_bytes()}
        self.reports = queue.Queue()
        super().__init__(self._answer)

    def _answer(self, request, wire):
        if request.target == "/report":
            self.reports.put(json.loads(request.body))
        kind = "text/javascript" if request.target.endswith(".js") else "text/html; charset=utf-8"
        return response(self._pages.get(request.target, b""), "200 OK", f"Content-Type: {kind}")


def drawn_by_mermaid(diagrams, directory, certificate):
    with Drawings(diagrams) as site, Browser(f"http://localhost:{site.port}/", directory, certificate) as browser:
        try:
            return site.reports.get(timeout=20 * SLACK)
        except queue.Empty:
            raise AssertionError(f"the page reported nothing:\n{browser.errors}") from None
