"""`gladhand doctor`: what it finds on this machine, in network namespaces of its own, and in what a configuration names."""

import contextlib
import json
import os
import resource
import socket
import subprocess
from pathlib import Path

import pytest

from support.network import own_network
from support.process import BINARY, IS_SANITIZED, PATIENCE, run_binary
from support.proxy import configuration

UPSTREAMS = {"app": {"endpoints": ["http://127.0.0.1:9"]}}
ROUTES = [{"upstream": "app"}]


@pytest.fixture
def write(tmp_path):
    def write(routes=ROUTES, upstreams=UPSTREAMS, **more):
        text, ports, admin = configuration(routes, upstreams, **more)
        path = tmp_path / "gladhand.toml"
        path.write_text(text)
        return path, ports, admin
    return write


def doctor(*arguments, cwd="/", open_files=None, env=None):
    """(exit status, {topic: [finding]}), and what it says to people must not be less."""
    def prepare():
        if open_files:
            resource.setrlimit(resource.RLIMIT_NOFILE, open_files)
    environment = {**os.environ, "NO_COLOR": "1", **(env or {})}
    done = subprocess.run([BINARY, "doctor", "--json", *map(str, arguments)], cwd=cwd, env=environment, capture_output=True, text=True, timeout=PATIENCE, preexec_fn=prepare)
    assert done.stderr == "", done.stderr
    said = json.loads(done.stdout)
    found = {}
    for finding in said["findings"]:
        found.setdefault(finding["topic"], []).append(finding)
    assert said["problems"] == sum(finding["verdict"] == "problem" for finding in said["findings"])
    assert said["warnings"] == sum(finding["verdict"] == "warning" for finding in said["findings"])
    return done.returncode, found


def only(found, topic):
    finding, = found[topic]
    return finding


@contextlib.contextmanager
def kernel(**settings):
    """A network namespace with settings of net.ipv4 and net.core, double underscores for slashes."""
    with own_network(fast_open=3):
        for name, value in settings.items():
            Path("/proc/sys/net", *name.split("__")).write_text(str(value))
        yield


# ---- the whole of it

def test_without_a_configuration_it_looks_at_the_machine_alone(tmp_path):
    status, found = doctor(cwd=tmp_path)
    assert status == 0 and only(found, "configuration")["verdict"] == "ok"
    assert {"descriptors", "clock", "cost of a mark", "TCP facts", "TLS library"} <= set(found)
    assert not {"ports", "certificates", "files", "names", "secrets"} & set(found)
    openssl = subprocess.run(["openssl", "version"], capture_output=True, text=True).stdout
    assert only(found, "TLS library")["text"] == " ".join(openssl.split()[:2])


def test_people_get_a_line_for_each_finding_with_its_cure_below(write):
    path, ports, _ = write()
    with socket.create_server(("127.0.0.1", ports["http"])):
        done = run_binary("doctor", "-c", path)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("problem  ports"))
    assert f"listener http cannot listen on 127.0.0.1:{ports['http']}" in lines[at]
    assert lines[at + 1].strip() == f"cure: sudo ss -ltnp 'sport = :{ports['http']}'"
    assert lines[-1].startswith("1 problem, ")


def test_a_configuration_that_is_asked_for_and_missing_is_a_problem(tmp_path):
    status, found = doctor("-c", "nothing.toml", cwd=tmp_path)
    assert status == 1 and "nothing.toml" in only(found, "configuration")["text"]
    status, _ = doctor(cwd=tmp_path, env={"GLADHAND_CONFIG": "nothing.toml"})
    assert status == 1


def test_a_configuration_that_is_invalid_is_a_problem_with_its_line(tmp_path):
    path = tmp_path / "gladhand.toml"
    path.write_text("[[listener]]\nadress = \":1\"\n")
    status, found = doctor("-c", path)
    assert status == 1 and any(f"{path}:2: unknown key" in finding["text"] for finding in found["configuration"])
    assert found["configuration"][0]["cure"] == f"gladhand validate -c {path}"


# ---- ports

def test_a_port_that_a_running_gladhand_has_is_no_problem(start, origin):
    proxy = start(origin, tls=True)
    status, found = doctor("-c", proxy.config)
    assert status == 0 and len(found["ports"]) == 3
    assert all("a gladhand that runs listens on" in finding["text"] for finding in found["ports"])


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give up root's rights")
def test_a_port_below_1024_needs_a_right(write):
    path, ports, _ = write()
    path.write_text(path.read_text().replace(f":{ports['http']}\"", ":81\""))
    path.parent.chmod(0o755)
    with kernel(ipv4__ip_unprivileged_port_start=1024):
        done = subprocess.run(["setpriv", "--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service", BINARY, "doctor", "--json", "-c", path], capture_output=True, text=True)
        problem, = (finding for finding in json.loads(done.stdout)["findings"] if finding["verdict"] == "problem")
        assert "Permission denied" in problem["text"] and problem["cure"] == "sudo sysctl -w net.ipv4.ip_unprivileged_port_start=81"
        subprocess.run(problem["cure"].removeprefix("sudo ").replace("sysctl -w ", "sysctl -q -w "), shell=True, check=True)
        done = subprocess.run(["setpriv", "--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service", BINARY, "doctor", "-c", path], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


# ---- the kernel's settings

@pytest.mark.parametrize("topic, settings, more, cured", [
    ("accept queue", {"core__somaxconn": 128}, {}, {"core__somaxconn": 4096}),
    ("SYN queue", {"ipv4__tcp_syncookies": 0, "ipv4__tcp_max_syn_backlog": 128}, {}, {"ipv4__tcp_syncookies": 1}),
    ("TCP Fast Open", {"ipv4__tcp_fastopen": 1}, {"listener": {"fast_open": 16}}, {"ipv4__tcp_fastopen": 3}),
    ("outgoing ports", {"ipv4__ip_local_port_range": "40000 40500"}, {}, {"ipv4__ip_local_port_range": "10240\t65535"}),
])
def test_a_setting_that_costs_something_is_a_warning_and_its_cure_cures_it(write, topic, settings, more, cured):
    path, *_ = write(**more)
    with kernel(**settings):
        status, found = doctor("-c", path)
        warning = only(found, topic)
        assert (status, warning["verdict"]) == (0, "warning"), warning
        subprocess.run(warning["cure"].removeprefix("sudo "), shell=True, check=True, capture_output=True)
        for name, value in cured.items():
            assert Path("/proc/sys/net", *name.split("__")).read_text().strip() == str(value)
        assert only(doctor("-c", path)[1], topic)["verdict"] == "ok"


def test_descriptors_are_compared_with_the_pools(write):
    path, *_ = write(upstreams={"app": {"endpoints": ["http://127.0.0.1:9"], "max_connections": 1000}}, server={"workers": 2})
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    warning = only(doctor("-c", path, open_files=(1024, most))[1], "descriptors")
    assert warning["verdict"] == "warning" and "take 2000" in warning["text"] and warning["cure"] == "ulimit -n 4066"
    assert only(doctor("-c", path, open_files=(1024, 1024))[1], "descriptors")["cure"] == "sudo prlimit --pid $$ --nofile=4066"
    assert only(doctor("-c", path, open_files=(4066, most))[1], "descriptors")["verdict"] == "ok"


# ---- certificates

def certificates(**named):
    return {"tls": {"certificates": list(named)}, "certificates": named}


def test_a_certificate_of_an_authority_of_ones_own_is_a_warning(write, authority):
    path, *_ = write(**certificates(web=authority.localhost))
    status, found = doctor("-c", path)
    warning = only(found, "certificates")
    assert status == 0 and warning["verdict"] == "warning" and "ends in" in warning["text"], "good for a week"


def made(tmp_path, *names, days=90, signed_by=()):
    """A certificate of this many days."""
    cert, key = tmp_path / "made.pem", tmp_path / "made.key"
    alternatives = ",".join(f"DNS:{name}" for name in names)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-subj", "/CN=made", "-days", str(days), "-keyout", key,
                    "-out", cert, *(["-addext", f"subjectAltName={alternatives}"] if names else []), "-addext", "basicConstraints=critical,CA:FALSE", *signed_by],
                   check=True, capture_output=True)
    return type("Made", (), {"cert": cert, "key": key, "ocsp": None})


def test_a_chain_that_does_not_lead_to_an_authority_of_the_system_is_doubted(write, authority, tmp_path):
    whole = made(tmp_path, "example.com", signed_by=("-CA", authority.root.cert, "-CAkey", authority.root.key))
    path, *_ = write(**certificates(web=whole))
    warning = only(doctor("-c", path)[1], "certificates")
    assert warning["verdict"] == "warning" and "unable to get local issuer certificate" in warning["text"], warning
    trusting = {"SSL_CERT_FILE": str(authority.ca_file)}
    fine = only(doctor("-c", path, env=trusting)[1], "certificates")
    assert fine["verdict"] == "ok" and "its chain is complete" in fine["text"], fine


def test_a_certificate_without_names_is_good_for_no_browser(write, tmp_path):
    path, *_ = write(**certificates(web=made(tmp_path)))
    assert "no subject alternative name" in only(doctor("-c", path)[1], "certificates")["text"]


def test_a_key_of_another_certificate_and_one_that_has_expired_are_problems(write, authority, tmp_path):
    stranger = type("Pair", (), {"cert": authority.localhost.cert, "key": authority.root.key, "ocsp": None})
    path, *_ = write(**certificates(web=stranger))
    status, found = doctor("-c", path)
    assert status == 1 and "does not belong" in only(found, "files")["text"]
    path, *_ = write(**certificates(web=authority.issue_expired("old-doctor", "localhost")))
    status, found = doctor("-c", path)
    assert status == 1 and "expired" in only(found, "files")["text"]


def test_hosts_of_routes_that_no_certificate_is_for_are_named(write, tmp_path):
    routes = [{"match": {"host": hosts}, "upstream": "app"} for hosts in (["Example.com", "*.example.com"], ["a.example.com"], ["b.a.example.com", "example.org"])]
    path, *_ = write(routes=routes, **certificates(web=made(tmp_path, "example.com", "*.EXAMPLE.com")))
    warnings = doctor("-c", path)[1]["names"]
    assert {next(host for host in ("b.a.example.com", "example.org") if host in warning["text"]) for warning in warnings} == {"b.a.example.com", "example.org"}
    assert len(warnings) == 2


def test_secrets_that_others_may_read_are_found_and_the_cure_closes_them(write, tmp_path):
    pair = made(tmp_path, "example.com")
    path, *_ = write(**certificates(web=pair))
    for mode, verdict in ((0o600, "ok"), (0o640, "ok"), (0o644, "warning"), (0o660, "warning")):
        pair.key.chmod(mode)
        finding = only(doctor("-c", path)[1], "secrets")
        assert finding["verdict"] == verdict, (oct(mode), finding)
    subprocess.run(finding["cure"], shell=True, check=True)
    assert only(doctor("-c", path)[1], "secrets")["verdict"] == "ok"


# ---- memory

@pytest.mark.skipif(IS_SANITIZED, reason="AddressSanitizer's own memory is more than the group has")
def test_a_control_group_with_little_memory_is_a_warning(tmp_path):
    group = Path("/sys/fs/cgroup/memory" if Path("/sys/fs/cgroup/memory").is_dir() else "/sys/fs/cgroup", f"gladhand-{os.getpid()}")
    limit = group / ("memory.limit_in_bytes" if group.parent.name == "memory" else "memory.max")
    try:
        group.mkdir()
        limit.write_text(str(48 << 20))
    except OSError:
        pytest.skip("no right to make a control group with a limit of memory")
    finally:
        if group.is_dir() and not limit.exists():
            group.rmdir()
    try:
        done = subprocess.run(["sh", "-c", f"echo $$ >{group}/cgroup.procs && exec {BINARY} doctor --json"], capture_output=True, text=True, cwd=tmp_path)
        warning, = (finding for finding in json.loads(done.stdout)["findings"] if finding["topic"] == "memory")
        assert warning["verdict"] == "warning" and "49152 KiB" in warning["text"]
    finally:
        group.rmdir()
    assert only(doctor(cwd=tmp_path)[1], "memory")["verdict"] == "ok"
