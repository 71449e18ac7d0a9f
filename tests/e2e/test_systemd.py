"""The unit of systemd as it is installed: without mistakes, confined, and what it starts is what it waits for."""

import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from support.commands import curl
from support.ports import free_port
from support.process import BINARY, IS_SANITIZED, PATIENCE, Process, eventually, prepare_child
from support.proxy import Admin

MOST_EXPOSED = 2.0  # of 10, as systemd-analyze counts it; what is left is what a proxy is for: sockets


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The root of what `cmake --install` puts there."""
    root = tmp_path_factory.mktemp("installed")
    for component in ("service", "documentation"):
        done = subprocess.run(["cmake", "--install", BINARY.parent, "--component", component], env={**os.environ, "DESTDIR": str(root)},
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
    return root


@pytest.fixture(scope="module")
def unit(installed):
    """Its text."""
    found, = installed.rglob("gladhand.service")
    assert found.parent.match("lib/systemd/system")
    return found.read_text()


@pytest.fixture
def analyze(unit, tmp_path):
    """Runs systemd-analyze on the unit, changed if need be; what it starts is made to exist."""
    def run(*arguments, replace=("", "")):
        text = re.sub(r"^(Exec\w+=)\S+/gladhand ", rf"\1{BINARY} ", unit, flags=re.M)
        (tmp_path / "gladhand.service").write_text(text.replace(*replace, 1))
        return subprocess.run(["systemd-analyze", *arguments, "./gladhand.service"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    if not shutil.which("systemd-analyze"):
        pytest.skip("there is no systemd-analyze here")
    return run


def setting(unit, name):
    return re.findall(rf"^{name}=(.*)$", unit, re.M)


def test_systemd_finds_no_mistake_in_the_unit(analyze):
    done = analyze("verify", "--man=no")
    assert "gladhand.service" not in done.stderr, done.stderr


@pytest.fixture
def analyze_sockets(installed, unit, tmp_path):
    """The same of the unit of sockets, beside the service that it starts."""
    def run(replace=("", "")):
        (tmp_path / "gladhand.service").write_text(re.sub(r"^(Exec\w+=)\S+/gladhand ", rf"\1{BINARY} ", unit, flags=re.M))
        text, = [path.read_text() for path in installed.rglob("system/gladhand.socket")]
        (tmp_path / "gladhand.socket").write_text(text.replace(*replace, 1))
        return subprocess.run(["systemd-analyze", "verify", "--man=no", "./gladhand.socket"], cwd=tmp_path, capture_output=True, text=True, timeout=60).stderr
    if not shutil.which("systemd-analyze"):
        pytest.skip("there is no systemd-analyze here")
    return run


def test_systemd_finds_no_mistake_in_the_unit_of_sockets(analyze_sockets):
    assert "gladhand" not in analyze_sockets()


@pytest.mark.parametrize("replace", [("ListenStream=80", "ListenStream=eighty"), ("Backlog=", "Backlogg="), ("[Socket]", "[Soket]")])
def test_a_mistake_in_the_unit_of_sockets_would_be_found(analyze_sockets, replace):
    assert "gladhand.socket" in analyze_sockets(replace)


@pytest.mark.parametrize("replace", [("ProtectClock=", "ProtectClok="), ("Type=notify", "Type=notified"), ("[Service]", "[Servce]")])
def test_a_mistake_in_the_unit_would_be_found(analyze, replace):
    assert "gladhand.service" in analyze("verify", "--man=no", replace=replace).stderr


def exposure(done):
    return float(re.search(r"exposure level for gladhand.service: ([\d.]+)", done.stdout)[1])


def test_the_service_can_do_little_harm(analyze):
    assert exposure(analyze("security", "--offline=true", "--no-pager")) <= MOST_EXPOSED


@pytest.mark.parametrize("setting", ["ProtectSystem=strict", "CapabilityBoundingSet=", "SystemCallFilter=@system-service"])
def test_it_could_do_more_without_each_of_its_confinements(analyze, setting):
    assert exposure(analyze("security", "--offline=true", "--no-pager", replace=(setting, "#"))) > exposure(analyze("security", "--offline=true", "--no-pager"))


def test_a_configuration_is_installed_that_the_unit_names_and_is_not_overwritten(unit, tmp_path):
    def install():
        return subprocess.run(["cmake", "--install", BINARY.parent, "--component", "program"], env={**os.environ, "DESTDIR": str(tmp_path)},
                              capture_output=True, text=True, timeout=120)
    assert install().returncode == 0
    program, *arguments = setting(unit, "ExecStart")[0].split()
    binary, configuration = tmp_path / program.lstrip("/"), tmp_path / arguments[-1].lstrip("/")
    assert arguments[:-1] == ["run", "--config"]
    assert os.access(binary, os.X_OK)
    assert subprocess.run([binary, "validate", "-c", configuration], capture_output=True, timeout=PATIENCE).returncode == 0
    configuration.write_text("# mine\n")
    assert install().returncode == 0
    assert configuration.read_text() == "# mine\n"


def test_documentation_and_examples_are_installed(installed):
    names = {str(path.relative_to(installed)).partition("share/doc/gladhand/")[2] for path in installed.rglob("*") if path.is_file()}
    assert {"README.md", "deploy/README.md", "examples/gladhand.toml", "examples/reverse-tls.toml", "examples/forward.toml", "plugins/README.md"} <= names


def test_what_the_unit_waits_for_is_what_the_program_says(unit, tmp_path, origin):
    """As systemd starts it: the command of the unit, the environment that it gives, and the messages that it waits for."""
    assert setting(unit, "Type") == ["notify"]
    assert setting(unit, "WatchdogSec") == ["30s"]  # three seconds here, so that nobody has to wait
    admin = free_port()
    (tmp_path / "gladhand.toml").write_text(f'[server]\nadmin = "127.0.0.1:{admin}"\n[[listener]]\naddress = "127.0.0.1:0"\n'
                                            f'[[route]]\nupstream = "{origin.endpoint}"\n')
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(tmp_path / "notify"))
    manager.settimeout(PATIENCE)
    proxy = Process(["run", "--config", "gladhand.toml"], tmp_path, env={"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "3000000"})
    seen = set()
    while not {b"READY=1", b"WATCHDOG=1"} <= seen:
        seen.add(manager.recv(4096))
    assert Admin(admin).is_ready()
    proxy.stop()
    manager.close()


def calls_of(name):
    """The system calls of a set of systemd's, such as "@system-service"."""
    done = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", name], capture_output=True, text=True, timeout=60)
    words = [line.strip() for line in done.stdout.splitlines() if line.startswith("    ") and not line.strip().startswith("#")]
    return {call for word in words for call in (calls_of(word) if word.startswith("@") else {word})}


@pytest.mark.skipif(IS_SANITIZED, reason="sanitizers make calls of their own")
def test_the_unit_allows_every_system_call_that_is_made(unit, tmp_path, origin, analyze):
    allowed, without = setting(unit, "SystemCallFilter")
    sets = {name: calls_of(name) for name in (allowed, *without.removeprefix("~").split())}
    assert all(sets.values())
    admin, https, forward = free_port(), free_port(), free_port()
    (tmp_path / "gladhand.toml").write_text(f"""[server]
admin = "127.0.0.1:{admin}"
workers = 2
[log]
access = {{ file = "access.log" }}
[[listener]]
address = "127.0.0.1:{https}"
fast_open = 16
tls = {{ self_signed = true }}
[[listener]]
address = "127.0.0.1:{forward}"
mode = "forward"
forward = {{ allow = ["*:*"], deny = [] }}
[[route]]
upstream = "{origin.endpoint}"
""")
    proxy = subprocess.Popen(["strace", "-f", "-qq", "-o", tmp_path / "calls", BINARY, "run", "--config", "gladhand.toml"], cwd=tmp_path,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=prepare_child())
    try:
        eventually(Admin(admin).is_ready)
        assert curl("--insecure", f"https://localhost:{https}/").text == "ok"
        assert curl("--insecure", "--proxy", f"http://127.0.0.1:{forward}", f"https://localhost:{https}/").text == "ok"
        child, = map(int, Path(f"/proc/{proxy.pid}/task/{proxy.pid}/children").read_text().split())
        os.kill(child, signal.SIGUSR1)
        os.kill(child, signal.SIGTERM)
        assert proxy.wait(PATIENCE) == 0
    finally:
        proxy.kill()
        proxy.wait()
    made = set(re.findall(r"^\d+ +(\w+)\(", (tmp_path / "calls").read_text(), re.M))
    assert {"epoll_ctl", "accept4", "socket"} <= made
    assert made - sets[allowed] == set()
    assert made & set.union(*(calls for name, calls in sets.items() if name != allowed)) == set()


def test_the_exit_status_of_a_drain_that_was_cut_short_is_no_failure(unit):
    assert setting(unit, "SuccessExitStatus") == ["4"]
    assert setting(unit, "RestartPreventExitStatus") == ["1 2"]


def test_the_user_of_the_unit_is_made_by_its_sysusers_file(installed, unit):
    line, = [path.read_text() for path in installed.rglob("sysusers.d/gladhand.conf")]
    assert line.split()[:2] == ["u", setting(unit, "User")[0]]
