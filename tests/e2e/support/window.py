"""A window of Chromium that is looked at from outside: for pages that do not report what they see."""

import contextlib
import json
import re

from .browser import Browser
from .node import Script
from .process import eventually


class Window:
    def __init__(self, devtools):
        self._devtools = devtools

    def _do(self, action, **about):
        answer = self._devtools.ask(action, **about)
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def open(self, url, *, width=1440, height=900, dark=False, scripts=True):
        """A fresh page of that width, once it has loaded."""
        self._do("open", url=url, width=width, height=height, dark=dark, scripts=scripts)
        return self

    def evaluate(self, expression):
        """The value of an expression of JavaScript; of a promise, what it came to."""
        return self._do("evaluate", expression=expression)

    def text(self, selector):
        """What the first such element says; None: there is none."""
        return self.evaluate(f"document.querySelector({json.dumps(selector)})?.textContent")

    def texts(self, selector):
        return self.evaluate(f"[...document.querySelectorAll({json.dumps(selector)})].map((one) => one.textContent)")

    def choose(self, selector, value):
        """Fills in a field, as if by hand."""
        self.evaluate(f"((field) => {{ field.value = {json.dumps(value)}; field.dispatchEvent(new Event('input', {{ bubbles: true }})); }})"
                      f"(document.querySelector({json.dumps(selector)}))")

    def press(self, *keys):
        for key in keys:
            self._do("press", key=key)

    def picture(self, path, whole=False):
        self._do("picture", path=str(path), whole=whole)

    def problems(self):
        """What the console complained of since the page was opened."""
        return self._do("problems")


@contextlib.contextmanager
def window(directory, certificate=None):
    with Browser("about:blank", directory, certificate) as browser:
        address = eventually(lambda: re.search(r"DevTools listening on (ws://\S+)", browser.errors), "the browser listens")[1]
        with Script("devtools.js", address) as devtools:
            assert devtools.line() == '"open"'
            yield Window(devtools)
