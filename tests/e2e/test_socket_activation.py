"""Listening sockets that somebody else has opened, as systemd does it: sd_listen_fds(3)."""

import contextlib
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from support.http1 import Wire
from support.network import own_network
from support.origin import Origin
from support.ports import free_port
from support.process import BINARY, PATIENCE, eventually, prepare_child
from support.proxy import Admin, Proxy, configuration

NOBODY = 65534


@pytest.fixture
def listening():
    """`listening()`: a socket on a port of its own, or on another's, in which clients may wait."""
    with contextlib.ExitStack() as stack:
        def listen(port=0, host="127.0.0.1", shared=False):
            one = stack.enter_context(socket.socket())
            if shared:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            one.bind((host, port))
            one.listen(200)
            return one
        yield listen


@pytest.fixture
def activate(tmp_path, origin):
    """`activate((name, socket), …, address=…)`: a proxy with that listener, "http", and those sockets."""
    started = []

    def start(*sockets, is_ready=True, address=None, server=None, listener=None):
        directory = tmp_path / f"proxy-{len(started)}"
        directory.mkdir()
        text, ports, admin = configuration([{"upstream": "app"}], {"app": {"endpoints": [origin.endpoint]}}, server=server, listener=listener)
        proxy = Proxy(directory, text.replace(f"127.0.0.1:{ports['http']}", address or f"127.0.0.1:{ports['http']}"), ports, admin, sockets=sockets)
        started.append(proxy)
        return proxy.wait_until_ready() if is_ready else proxy
    yield start
    for proxy in started:
        proxy.stop() if proxy.is_running() else proxy.assert_no_report()


def port_of(one):
    return one.getsockname()[1]


def address_of(one):
    return "{}:{}".format(*one.getsockname())


def is_answered(port):
    with Wire.connect(port) as wire:
        wire.get()
        return wire.read_response().status == 200


def test_requests_that_came_before_the_start_are_answered(activate, listening):
    one = listening()
    with contextlib.ExitStack() as stack:
        early = [stack.enter_context(Wire.connect(port_of(one))) for _ in range(20)]
        for wire in early:
            wire.get()
        activate(("http", one))
        assert [wire.read_response().status for wire in early] == [200] * len(early)


def test_a_listener_takes_the_socket_with_its_name_wherever_that_is(activate, listening):
    one = listening()
    proxy = activate(("http", one))
    assert is_answered(port_of(one))
    with pytest.raises(ConnectionRefusedError):
        Wire.connect(proxy.http)
    assert f"listening on {address_of(one)} as http" in proxy.errors


def test_a_listener_takes_the_socket_on_its_address_whatever_it_is_called(activate, listening):
    one = listening()
    activate(("gladhand.socket", one), address=address_of(one))
    assert is_answered(port_of(one))


def test_a_name_that_several_sockets_have_counts_where_the_address_does_not_tell(activate, listening):
    """As in a unit with two addresses and a FileDescriptorName=."""
    admin, one = listening(), listening()
    activate(("http", admin), ("http", one), address=address_of(one), server={"admin": address_of(admin)}, is_ready=False)
    eventually(Admin(port_of(admin)).is_ready)
    assert is_answered(port_of(one))


def test_the_admin_listener_is_passed_as_any_other(activate, listening):
    one, admin = listening(), listening()
    activate(("http", one), ("admin", admin), is_ready=False)
    eventually(Admin(port_of(admin)).is_ready)
    assert is_answered(port_of(one))


def test_workers_share_one_socket_and_its_queue_is_counted_once(activate, listening):
    one = listening()
    proxy = activate(("http", one), server={"workers": 4}, listener={"backlog": 100})
    assert all(is_answered(port_of(one)) for _ in range(100))
    assert proxy.metrics().total("gladhand_accept_queue_limit", listener="http") == 100
    proxy.stop()


def test_each_worker_has_its_own_of_as_many_sockets_as_there_are_workers(activate, listening):
    first = listening(shared=True)
    sockets = [first, *(listening(port_of(first), shared=True) for _ in range(2))]
    proxy = activate(*(("http", one) for one in sockets), server={"workers": 3}, listener={"backlog": 100})
    assert all(is_answered(port_of(first)) for _ in range(50))
    assert proxy.metrics().total("gladhand_accept_queue_limit", listener="http") == 300


def test_more_sockets_than_workers_are_refused_for_nobody_would_ask_them(activate, listening):
    first = listening(shared=True)
    proxy = activate(("http", first), ("http", listening(port_of(first), shared=True)), is_ready=False)
    assert proxy.wait() == 3
    assert "2 sockets were passed, of which 1 can be used" in proxy.errors


def test_a_socket_that_no_listener_wants_is_an_error_that_names_it(activate, listening):
    stray = listening()
    proxy = activate(("http", listening()), ("web", stray), is_ready=False)
    assert proxy.wait() == 3
    assert "error[E061]" in proxy.errors and f"`web` on {address_of(stray)}" in proxy.errors


def test_what_is_no_listening_socket_is_refused(activate, listening):
    with socket.socket() as silent:
        proxy = activate(("http", listening()), ("web", silent), is_ready=False)
        assert proxy.wait() == 3
        assert "descriptor 4 (`web`)" in proxy.errors and "no listening TCP socket" in proxy.errors


def test_a_reload_keeps_the_sockets_that_were_passed(activate, listening):
    one = listening()
    proxy = activate(("http", one))
    proxy.signal(signal.SIGHUP)
    eventually(lambda: proxy.metrics().total("gladhand_config_reloads_total", result="ok") == 1)
    assert is_answered(port_of(one))


def test_who_comes_between_two_processes_waits_and_is_not_refused(activate, listening):
    one = listening()
    first = activate(("http", one), server={"workers": 2})
    assert is_answered(port_of(one))
    first.stop()
    with Wire.connect(port_of(one)) as wire:
        wire.get()
        activate(("http", one), server={"workers": 2})
        assert wire.read_response().status == 200


def test_nothing_of_it_is_handed_down(activate, listening):
    """To a process that this one becomes or starts: neither the variables nor the descriptors."""
    proxy = activate(("http", listening()), is_ready=True)
    for descriptor in range(3, 3 + proxy.open_files()):
        with contextlib.suppress(FileNotFoundError), open(f"/proc/{proxy.pid}/fdinfo/{descriptor}") as info:
            flags = next(line for line in info if line.startswith("flags:"))
            assert int(flags.split()[1], 8) & 0o2000000, f"descriptor {descriptor} outlives exec"


@pytest.fixture
def public():
    """A folder that everybody may read, which a test's own is not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.skipif(not shutil.which("systemd-socket-activate"), reason="there is no systemd-socket-activate here")
def test_systemd_gives_a_port_below_1024_to_a_user_who_may_not_bind_it(public):
    with own_network(0), Origin() as origin:
        text, ports, admin = configuration([{"upstream": "app"}], {"app": {"endpoints": [origin.endpoint]}})
        (public / "gladhand.toml").write_text(text.replace(f"127.0.0.1:{ports['http']}", "127.0.0.1:443"))
        shutil.copy(BINARY, public / "gladhand")
        run = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--bounding-set=-all", "--no-new-privs",
               public / "gladhand", "run", "--config", public / "gladhand.toml"]
        refused = subprocess.run(run, cwd="/", capture_output=True, timeout=PATIENCE)
        assert refused.returncode == 3 and b"Permission denied" in refused.stderr, refused.stderr
        errors = public / "stderr"
        with open(errors, "wb") as stderr:
            child = subprocess.Popen(["systemd-socket-activate", "--listen=127.0.0.1:443", "--fdname=https", "--setenv=NO_COLOR=1", *run],
                                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr, cwd="/", preexec_fn=prepare_child())
        try:
            eventually(lambda: connects(443), lambda: errors.read_text())
            assert is_answered(443), errors.read_text()
            eventually(Admin(admin).is_ready)
            child.terminate()
            assert child.wait(PATIENCE) == 0, errors.read_text()
        finally:
            child.kill()
            child.wait()


def connects(port):
    try:
        Wire.connect(port).close()
        return True
    except ConnectionRefusedError:
        return False
