"""Repositories served by git's own CGI program, and the commands to fill them."""

import os

from .commands import command
from .http1 import response
from .origin import Origin
from .process import PATIENCE

_QUIET = {
    "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@a.test", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@a.test",
}


def git(directory, *arguments, settings=(), authorities=None):
    """Runs git there, without anybody's settings but these; it must go well. Returns what it printed."""
    options = [word for setting in settings for word in ("-c", setting)]
    trusts = {"GIT_SSL_CAINFO": str(authorities)} if authorities else {}
    got = command("git", "-C", directory, *options, *arguments, env={**_QUIET, **trusts}, timeout=PATIENCE * 4)
    assert got.status == 0, got.errors
    return got.text


class GitOrigin(Origin):
    """Serves `directory`; each repository in it may be read and written by everybody."""

    def __init__(self, directory, tls=None):
        self._directory = directory
        super().__init__(self._answer, tls=tls)

    def make(self, name):
        """An empty repository. Returns its path on this machine."""
        path = self._directory / name
        git(self._directory, "init", "--quiet", "--bare", "--initial-branch=main", path)
        git(path, "config", "http.receivepack", "true")
        return path

    def _answer(self, request, wire):
        path, _, query = request.target.partition("?")
        environment = {
            **_QUIET, "GIT_PROJECT_ROOT": str(self._directory), "GIT_HTTP_EXPORT_ALL": "1", "REQUEST_METHOD": request.method,
            "PATH_INFO": path, "QUERY_STRING": query, "CONTENT_TYPE": request.fields.get("Content-Type") or "",
            "CONTENT_LENGTH": str(len(request.body)), "HTTP_CONTENT_ENCODING": request.fields.get("Content-Encoding") or "",
            "GIT_PROTOCOL": request.fields.get("Git-Protocol") or "", "REMOTE_ADDR": "127.0.0.1",
        }
        got = command("git", "http-backend", stdin=request.body, env=environment, timeout=PATIENCE * 4)
        head, _, body = got.output.partition(b"\r\n\r\n")
        fields = head.decode().split("\r\n")
        status = next((field[8:] for field in fields if field.startswith("Status: ")), "200 OK")
        return response(body, status, *(field for field in fields if not field.startswith("Status: ")))
