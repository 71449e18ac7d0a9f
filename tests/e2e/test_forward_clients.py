"""Programs that people put behind a forward proxy, with their own ways to use one."""

import base64
import hashlib
import io
import json
import os
import re
import tarfile
from email.utils import formatdate

import pytest

from support.commands import command
from support.git_origin import GitOrigin, git
from support.http1 import response
from support.origin import Nginx, Origin
from support.process import PATIENCE

HERE = {"allow": ["127.0.0.0/8:*"]}
USER = "walter:secret"


@pytest.fixture(scope="module")
def members(tmp_path_factory):
    users = tmp_path_factory.mktemp("users") / "users.htpasswd"
    users.write_text("walter:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n")  # what `htpasswd -s` makes of "secret"
    return {**HERE, "auth": str(users)}


@pytest.fixture(params=["http", "https"])
def tls(request, authority):
    """What an origin over http or https is made with."""
    return authority.server_context(authority.localhost) if request.param == "https" else None


def of_user(url):
    return url.replace("://", f"://{USER}@")


# ---- git

@pytest.fixture
def work_tree(tmp_path):
    """A repository with a commit of fifty megabytes that do not shrink."""
    made = tmp_path / "work"
    made.mkdir()
    git(made, "init", "--quiet", "--initial-branch=main")
    (made / "large").write_bytes(os.urandom(50_000_000))
    git(made, "add", "large", settings=["core.compression=0"])
    git(made, "commit", "--quiet", "--message=All of it")
    return made


def test_git_pushes_fifty_megabytes_and_clones_them(start, members, authority, tls, work_tree, tmp_path):
    (tmp_path / "served").mkdir()
    proxy = start(forward=members)
    how = {"settings": [f"http.proxy={of_user(proxy.url(''))}", "core.compression=0"], "authorities": authority.ca_file}
    with GitOrigin(tmp_path / "served", tls) as origin:
        there = origin.make("a.git")
        url = f"{origin.endpoint}/a.git"
        git(work_tree, "push", "--quiet", url, "main", **how)
        head = git(work_tree, "rev-parse", "main")
        assert git(there, "rev-parse", "main") == head
        push = origin.take()
        assert max(len(request.body) for request in push) > 50_000_000

        git(tmp_path, "clone", "--quiet", url, "copy", **how)
        assert git(tmp_path / "copy", "rev-parse", "HEAD") == head
        clone = origin.take()
        assert not [request.target for request in push + clone if "Proxy-Authorization" in request.fields]
        # git asks without a password first, and sends it when it is told to.
        m = proxy.metrics_when(lambda m: m.total("gladhand_connections_open", side="client") == 0)
        assert m.total("gladhand_local_replies_total", error="proxy_authentication_required") == 2
        if tls:
            assert m.total("gladhand_upstream_requests_total", upstream="forward:http", status_class="2xx") == origin.connections
        else:
            assert m.total("gladhand_upstream_requests_total", upstream="forward:http", status_class="2xx") == len(push + clone)


# ---- apt

NAMES = [f"tiny-{number}" for number in range(20)]


def package(directory, name):
    """A package with a few files' worth of noise. Returns its entry of the index."""
    tree = directory / name
    (tree / "DEBIAN").mkdir(parents=True)
    control = f"Package: {name}\nVersion: 1.0\nArchitecture: all\nMaintainer: a <a@a.test>\nDescription: noise\n"
    (tree / "DEBIAN" / "control").write_text(control)
    (tree / "noise").write_bytes(os.urandom(20_000))
    return tree, control


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """nginx with a flat repository."""
    server = Nginx(tmp_path_factory.mktemp("archive"))
    trees, index = tmp_path_factory.mktemp("trees"), []
    for name in NAMES:
        tree, control = package(trees, name)
        file = server.files / f"{name}_1.0_all.deb"
        got = command("dpkg-deb", "--build", "--root-owner-group", "-Znone", tree, file)
        assert got.status == 0, got.errors
        data = file.read_bytes()
        index.append(f"{control}Filename: ./{file.name}\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n")
    packages = "\n".join(index).encode()
    (server.files / "Packages").write_bytes(packages)
    (server.files / "Release").write_text(f"Date: {formatdate(usegmt=True)}\nSHA256:\n {hashlib.sha256(packages).hexdigest()} {len(packages)} Packages\n")
    yield server
    server.kill()


class Apt:
    """apt-get with all that it knows in a directory of its own."""

    def __init__(self, directory, source, proxy):
        self.directory = directory
        for name in ("etc/apt/apt.conf.d", "etc/apt/preferences.d", "etc/apt/trusted.gpg.d", "var/lib/apt/lists/partial",
                     "var/cache/apt/archives/partial", "var/lib/dpkg"):
            (directory / name).mkdir(parents=True)
        (directory / "var/lib/dpkg/status").touch()
        (directory / "etc/apt/sources.list").write_text(f"deb [trusted=yes] {source} ./\n")
        (directory / "apt.conf").write_text(
            f'Dir "{directory}/";\nDir::State::status "{directory}/var/lib/dpkg/status";\nDir::Log "{directory}";\n'
            f'Acquire::http::Proxy "{proxy}";\nAcquire::Languages "none";\nAPT::Sandbox::User "root";\nDebug::Acquire::http "true";\n')

    def __call__(self, *arguments):
        got = command("sh", "-c", 'cd "$0" && exec apt-get "$@"', self.directory, *arguments,
                      env={"APT_CONFIG": str(self.directory / "apt.conf"), "LC_ALL": "C"}, timeout=PATIENCE * 3)
        assert got.status == 0, got.text + got.errors
        return got.text + got.errors


def test_apt_downloads_packages_one_request_behind_the_other(start, members, archive, tmp_path):
    proxy = start(forward=members)
    apt = Apt(tmp_path / "apt", archive.endpoint, of_user(proxy.url("")))
    assert "Err:" not in apt("update")
    before = proxy.idle_metrics().received
    talk = apt("download", *NAMES)
    for name in NAMES:
        file = f"{name}_1.0_all.deb"
        assert (apt.directory / file).read_bytes() == (archive.files / file).read_bytes()
    m = proxy.idle_metrics()
    assert m.received - before == len(NAMES)
    assert m.total("gladhand_connections_total", side="client") == 2, "one for each run of apt"
    # It does not wait for an answer before it asks again.
    assert re.search(r"GET http://\S+\.deb HTTP/1\.1(?:(?!Answer for).)*GET http://\S+\.deb HTTP/1\.1", talk, re.S), talk


# ---- npm

class Registry(Origin):
    """Has one package, "tiny"."""

    def __init__(self, tls=None):
        files = {"package/package.json": json.dumps({"name": "tiny", "version": "1.0.0"}), "package/index.js": "module.exports = 42\n"}
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            for name, text in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(text)
                archive.addfile(entry, io.BytesIO(text.encode()))
        self._tarball = packed.getvalue()
        super().__init__(self._answer, tls=tls)

    def _answer(self, request, wire):
        path = request.target.partition("?")[0]
        if path == "/tiny/-/tiny-1.0.0.tgz":
            return response(self._tarball, "200 OK", "Content-Type: application/octet-stream")
        if path != "/tiny":
            return response(b"{}", "404 Not Found", "Content-Type: application/json")
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(self._tarball).digest()).decode()
        version = {"name": "tiny", "version": "1.0.0",
                   "dist": {"tarball": f"{self.endpoint}/tiny/-/tiny-1.0.0.tgz", "integrity": integrity}}
        body = json.dumps({"name": "tiny", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}})
        return response(body.encode(), "200 OK", "Content-Type: application/json")


def test_npm_installs_a_package(start, members, authority, tls, tmp_path):
    proxy = start(forward=members)
    (tmp_path / "package.json").write_text("{}")
    with Registry(tls) as registry:
        got = command(
            "npm", "install", "tiny", f"--prefix={tmp_path}", f"--registry={registry.endpoint}/", f"--cafile={authority.ca_file}",
            f"--proxy={of_user(proxy.url(''))}", f"--https-proxy={of_user(proxy.url(''))}", "--noproxy=", f"--cache={tmp_path}/cache",
            f"--userconfig={tmp_path}/npmrc", f"--globalconfig={tmp_path}/npmrc-of-all", "--no-audit", "--no-fund",
            "--no-update-notifier", "--fetch-retries=0", timeout=PATIENCE * 3, env={"HOME": str(tmp_path)})
        assert got.status == 0, got.text + got.errors
        assert (tmp_path / "node_modules/tiny/index.js").read_text() == "module.exports = 42\n"
        assert {request.target for request in registry.requests} == {"/tiny", "/tiny/-/tiny-1.0.0.tgz"}
        assert not [request for request in registry.requests if "Proxy-Authorization" in request.fields]
        assert proxy.idle_metrics().total("gladhand_upstream_requests_total", upstream="forward:http", status_class="2xx") >= 1


# ---- Chromium

CHROMIUM = "/usr/lib/chromium/chromium-headless-shell"
PAGE = b"<p id=p>not yet</p><script>fetch('/word').then(r => r.text()).then(t => document.getElementById('p').textContent = t)</script>"


def site(request, wire):
    if request.target == "/":
        return response(PAGE, "200 OK", "Content-Type: text/html")
    return response(b"a word from " + request.target.encode(), "200 OK", "Content-Type: text/plain")


@pytest.mark.parametrize("listener", ["http", "https"])
def test_chromium_shows_a_page(start, tls, tmp_path, listener):
    """Over TLS it speaks HTTP/2 with the proxy, and opens its tunnels there."""
    proxy = start(tls=True, forward=HERE)
    with Origin(site, tls=tls) as origin:
        url = f"{origin.endpoint}/"
        got = command(
            CHROMIUM, "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--ignore-certificate-errors",
            f"--user-data-dir={tmp_path}/profile", f"--proxy-server={proxy.url('', listener)}", "--proxy-bypass-list=<-loopback>",
            "--virtual-time-budget=5000", "--dump-dom", url, timeout=PATIENCE * 3, env={"HOME": str(tmp_path)})
        assert "a word from /word" in got.text, got.errors
        asked = [line for line in proxy.log_lines(1) if line["authority"] == url.split("/")[2]]
        assert {line["method"] for line in asked} == {"CONNECT" if tls else "GET"}
        assert {line["version"] for line in asked} == {"2" if listener == "https" else "1.1"}
        assert {"/", "/word"} <= {request.target for request in origin.requests}
