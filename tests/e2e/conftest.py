"""What every test starts from: a proxy of its own, origins, certificates, and a proxy that must end well."""

import itertools

import pytest

pytest.register_assert_rewrite("support")

from support.certificates import Authority  # noqa: E402
from support.origin import DeafOrigin, Nginx, Origin, ScriptedOrigin  # noqa: E402
from support.process import BINARY  # noqa: E402
from support.proxy import Proxy, configuration  # noqa: E402


def pytest_configure():
    if not BINARY.is_file():
        pytest.exit(f"there is no {BINARY}: build it, or name one in GLADHAND_BINARY", returncode=1)


class Runner:
    """Starts proxies; what still runs at the end is stopped, and every one must have ended well."""

    def __init__(self, directory, authority):
        self._directory = directory
        self._authority = authority
        self._started = []
        self._numbers = itertools.count(1)

    def __call__(self, *origins, tls=None, certificates=None, route=None, upstream=None, routes=None, upstreams=None,
                 server=None, log=None, listener=None, forward=None, included=None, open_files=None, is_ready=True):
        """A proxy in front of the origins, which share one upstream unless `upstreams` and `routes` say otherwise.

        With `forward`, a table, it is a forward proxy, and nobody is behind it but those that clients name.

        With tls=True there is a second listener, "https", with a certificate for localhost. `server`, `log`, `listener`,
        `upstream` and `route` add to the tables of those names. `included` are files that the configuration includes, with their texts.
        """
        if tls is True:
            tls, certificates = {"certificates": ["web"]}, {"web": self._authority.localhost}
        if forward is not None:
            assert not origins and not routes and not upstreams, "a forward proxy's clients name the origins"
            listener = {"mode": "forward", "forward": forward, **(listener or {})}
            routes, upstreams = [], {}
        endpoints = [getattr(origin, "endpoint", origin) for origin in origins]
        text, ports, admin_port = configuration(
            [{"upstream": "app", **(route or {})}] if routes is None else routes,
            {"app": {"endpoints": endpoints, **(upstream or {})}} if upstreams is None else upstreams,
            server=server, log=log, listener=listener, tls=tls, certificates=certificates)
        directory = self._directory / f"proxy-{next(self._numbers)}"
        directory.mkdir()
        for name, content in (included or {}).items():
            (directory / name).parent.mkdir(exist_ok=True)
            (directory / name).write_text(content)
        if included is not None:
            text = f"include = {list(included)}\n{text}"
        proxy = Proxy(directory, text, ports, admin_port, open_files)
        self._started.append(proxy)
        return proxy.wait_until_ready() if is_ready else proxy

    def directory(self):
        made = self._directory / f"directory-{next(self._numbers)}"
        made.mkdir()
        return made

    def judge_all(self):
        """Whatever was done to those that still run: every request is accounted for."""
        for proxy in filter(Proxy.is_running, self._started):
            assert proxy.idle_metrics().total("gladhand_local_replies_total", error="internal") == 0

    def stop_all(self):
        """Judges those that the tests did not end themselves."""
        troubles = []
        for proxy in self._started:
            try:
                proxy.stop() if proxy.is_running() else proxy.assert_no_report()
            except AssertionError as trouble:
                troubles.append(str(trouble))
        assert not troubles, "\n".join(troubles)


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    made = Authority(tmp_path_factory.mktemp("certificates"))
    made.localhost = made.issue("localhost", "localhost", "127.0.0.1")
    return made


@pytest.fixture
def start(tmp_path, authority):
    """`start(origin, ...)`: see Runner."""
    runner = Runner(tmp_path, authority)
    yield runner
    runner.stop_all()


@pytest.fixture(scope="module")
def start_for_module(tmp_path_factory, authority):
    """The same, for tables of cases that share one proxy: one in each process that runs some of them."""
    runner = Runner(tmp_path_factory.mktemp("module"), authority)
    yield runner
    try:
        runner.judge_all()
    finally:
        runner.stop_all()


@pytest.fixture
def origin():
    """Answers 200 "ok" and keeps what came."""
    with Origin() as origin:
        yield origin


@pytest.fixture
def scripted_origin():
    with ScriptedOrigin() as origin:
        yield origin


@pytest.fixture
def deaf_origin():
    with DeafOrigin() as origin:
        yield origin


@pytest.fixture(scope="session")
def nginx(tmp_path_factory):
    server = Nginx(tmp_path_factory.mktemp("nginx"))
    yield server
    server.kill()
