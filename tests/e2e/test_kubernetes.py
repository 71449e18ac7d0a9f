"""deploy/kubernetes: every object is valid, what belongs together agrees, and the proxy takes the configuration in it."""

import json
import os
import re
import subprocess

import pytest
import yaml

from support import kustomize
from support.node import PACKAGES, SCRIPTS
from support.ports import free_port
from support.process import PROJECT, Process, eventually, run_binary
from support.proxy import Admin

FOLDER = PROJECT / "deploy" / "kubernetes"
EVERY = ["base", *sorted(f"overlays/{path.name}" for path in (FOLDER / "overlays").iterdir())]


def problems(objects):
    done = subprocess.run(["node", SCRIPTS / "kubernetes_validate.mjs"], input=json.dumps(objects), capture_output=True, text=True, timeout=60,
                          env={**os.environ, "NODE_PATH": str(PACKAGES)})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(params=EVERY)
def objects(request):
    return kustomize.build(FOLDER / request.param)


def the(objects, kind):
    found, = [thing for thing in objects if thing["kind"] == kind]
    return found


def pod(objects):
    return the(objects, "Deployment")["spec"]["template"]["spec"]


def container(objects):
    found, = pod(objects)["containers"]
    return found


def configuration(objects):
    return next(thing for thing in objects if thing["kind"] == "ConfigMap" and "gladhand.toml" in thing["data"])["data"]["gladhand.toml"]


def seconds(text, key):
    return int(re.search(rf'^{key} *= *"(\d+)s"', text, re.M)[1])


# ---- the objects

def test_every_object_is_what_its_schema_says(objects):
    for thing, wrong in zip(objects, problems(objects)):
        assert wrong == [], f"{thing['kind']} {thing['metadata']['name']}: {wrong}"


@pytest.mark.parametrize("path, value", [
    ("spec/template/spec/containers/0/redinessProbe", {}), ("spec/template/spec/terminationGracePeriodSeconds", "50"),
    ("spec/strategy/rollingUpdate/maxSurge", {}), ("spec/template/spec/containers/0/securityContext/readOnlyRootFileSystem", True)])
def test_a_field_that_is_mistyped_or_misspelt_would_be_found(path, value):
    deployment = the(kustomize.build(FOLDER / "base"), "Deployment")
    kustomize.change(deployment, [{"op": "add", "path": "/" + path, "value": value}])
    assert problems([deployment]) != [[]]


@pytest.mark.parametrize("name", EVERY)
def test_the_real_kustomize_makes_the_same_of_it(name):
    command = kustomize.real()
    if not command:
        pytest.skip("there is no kustomize here, and no kubectl with one")
    assert kustomize.comparable(kustomize.build_with(command, FOLDER / name)) == kustomize.comparable(kustomize.build(FOLDER / name))


def test_names_that_objects_use_of_each_other_exist(objects):
    maps = {thing["metadata"]["name"] for thing in objects if thing["kind"] == "ConfigMap"}
    volumes = {volume["name"]: volume for volume in pod(objects)["volumes"]}
    assert {mount["name"] for mount in container(objects)["volumeMounts"]} == set(volumes)
    assert {volume["configMap"]["name"] for volume in volumes.values() if "configMap" in volume} <= maps
    assert pod(objects)["serviceAccountName"] == the(objects, "ServiceAccount")["metadata"]["name"]
    ports = {port["name"] for port in container(objects)["ports"]}
    assert {port["targetPort"] for port in the(objects, "Service")["spec"]["ports"]} <= ports
    for thing in objects:
        if thing["kind"] == "NetworkPolicy":
            assert {port["port"] for rule in thing["spec"]["ingress"] for port in rule["ports"]} <= ports
        if thing["kind"] == "PodMonitor":
            assert {endpoint["port"] for endpoint in thing["spec"]["podMetricsEndpoints"]} <= ports


def test_selectors_find_the_pods(objects):
    labels = the(objects, "Deployment")["spec"]["template"]["metadata"]["labels"]
    selectors = [thing["spec"]["selector"].get("matchLabels", thing["spec"]["selector"])
                 for thing in objects if thing["kind"] in ("Deployment", "Service", "PodDisruptionBudget", "PodMonitor")]
    selectors += [thing["spec"]["podSelector"]["matchLabels"] for thing in objects if thing["kind"] == "NetworkPolicy"]
    selectors += [spread["labelSelector"]["matchLabels"] for spread in pod(objects)["topologySpreadConstraints"]]
    assert len(selectors) >= 5
    for selector in selectors:
        assert selector and selector.items() <= labels.items()


# ---- what is promised of the pods

def test_pods_have_no_rights_that_they_do_not_need(objects):
    security = container(objects)["securityContext"]
    assert security == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    of_pod = pod(objects)["securityContext"]
    assert of_pod["runAsNonRoot"] is True and of_pod["runAsUser"] == of_pod["runAsGroup"] == 65532
    assert of_pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod(objects)["automountServiceAccountToken"] is the(objects, "ServiceAccount")["automountServiceAccountToken"] is False


def test_only_safe_sysctls_are_asked_for_but_in_the_overlay_that_says_so(request, objects):
    sysctls = {sysctl["name"]: sysctl["value"] for sysctl in pod(objects)["securityContext"].get("sysctls", [])}
    unsafe = {"net.ipv4.tcp_fastopen": "3"} if "fast-open" in request.node.name else {}
    safe = {} if pod(objects).get("hostNetwork") else {"net.ipv4.ip_unprivileged_port_start": "80"}
    assert sysctls == {**safe, **unsafe}


def test_secrets_are_mounted_as_folders_so_that_a_change_is_seen(objects):
    assert all("subPath" not in mount for mount in container(objects)["volumeMounts"])


def test_a_pod_has_time_to_leave_and_to_drain(objects):
    text = configuration(objects)
    needed = seconds(text, "shutdown_delay") + seconds(text, "drain_timeout")
    assert needed + 5 <= pod(objects)["terminationGracePeriodSeconds"] <= needed + 30


def test_a_rollout_never_takes_the_last_pod_away(objects):
    rolling = the(objects, "Deployment")["spec"]["strategy"]["rollingUpdate"]
    is_on_host = pod(objects).get("hostNetwork", False)
    assert rolling == ({"maxUnavailable": 1, "maxSurge": 0} if is_on_host else {"maxUnavailable": 0, "maxSurge": 1})
    assert the(objects, "Deployment")["spec"]["replicas"] >= 2
    assert the(objects, "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1


# ---- the configuration

def environment(objects):
    return {variable["name"]: variable["value"] for variable in container(objects)["env"]}


@pytest.fixture
def secrets(tmp_path, authority):
    """The Secrets of the README, as they are mounted."""
    made = tmp_path / "secrets"
    for name in ("gladhand-tls", "gladhand-tickets", "gladhand-fast-open"):
        (made / name).mkdir(parents=True)
    (made / "gladhand-tls" / "tls.crt").write_bytes(authority.localhost.cert.read_bytes())
    (made / "gladhand-tls" / "tls.key").write_bytes(authority.localhost.key.read_bytes())
    (made / "gladhand-fast-open" / "fast-open.key").write_text("0123456789abcdef" * 2)
    assert run_binary("tickets", "new", str(made / "gladhand-tickets" / "tickets.key")).returncode == 0
    return made


def test_the_proxy_runs_with_the_configuration_and_is_probed_as_kubelets_do(objects, secrets, tmp_path, origin):
    mounts = {mount["mountPath"] for mount in container(objects)["volumeMounts"]}
    text = configuration(objects)
    for file in re.findall(r'"(/run/secrets/[^"]+)"', text):
        assert file.rpartition("/")[0] in mounts, f"{file} is mounted nowhere"
    https, http, admin = free_port(), free_port(), free_port()
    (tmp_path / "gladhand.toml").write_text(text.replace("/run/secrets", str(secrets)))
    proxy = Process(["run", "--config", "gladhand.toml"], tmp_path,
                    env={**environment(objects), "UPSTREAM": origin.endpoint.removeprefix("http://"), "HTTPS_PORT": str(https),
                         "HTTP_PORT": str(http), "ADMIN_ADDRESS": environment(objects).get("ADMIN_ADDRESS", ":9900").replace("9900", str(admin))})
    try:
        eventually(lambda: not proxy.is_running() or Admin(admin).is_ready())
        assert proxy.is_running(), proxy.errors
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            path = container(objects)[probe]["httpGet"]["path"]
            done = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Host: 10.244.1.7:9900", f"http://127.0.0.1:{admin}{path}"],
                                  capture_output=True, text=True, timeout=10)
            assert done.stdout == "200", probe
        listening = sorted(re.findall(r"listening on \S+:(\d+) as", proxy.errors))
        assert listening == sorted(map(str, (https, http)))
    finally:
        proxy.signal(9)
        proxy.wait()


def test_the_ports_of_the_pod_are_those_that_the_proxy_listens_on(objects):
    text, variables = configuration(objects), environment(objects)
    filled = re.sub(r"\$\{(\w+):-([^}]*)\}", lambda match: variables.get(match[1], match[2]), text)
    ports = {"admin": re.search(r'^admin *= *"[^"]*:(\d+)"', filled, re.M)[1]}
    ports |= dict(re.findall(r'^name *= *"(\w+)"\naddress *= *":(\d+)"', filled, re.M))
    assert {port["name"]: str(port["containerPort"]) for port in container(objects)["ports"]} == ports


def test_the_fast_open_overlay_changes_nothing_else_of_the_configuration():
    base, overlay = (configuration(kustomize.build(FOLDER / name)).splitlines() for name in ("base", "overlays/fast-open"))
    assert [line for line in overlay[1:] if not line.startswith("fast_open")] == base[1:]
    assert len([line for line in overlay if line.startswith("fast_open")]) == 3


# ---- monitoring

def test_the_operator_has_the_same_rules_as_prometheus_itself():
    rule = the(kustomize.build(FOLDER / "overlays" / "monitoring"), "PrometheusRule")
    files = (yaml.safe_load((PROJECT / "dashboards" / "rules" / name).read_text()) for name in ("recording.yaml", "alerts.yaml"))
    assert rule["spec"]["groups"] == [group for file in files for group in file["groups"]], "run deploy/kubernetes/generate-rules"


def test_every_board_is_in_the_map_that_grafana_takes_in():
    boards = next(thing for thing in kustomize.build(FOLDER / "overlays" / "monitoring") if thing["metadata"]["name"] == "gladhand-dashboards")
    assert boards["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert {name for name in boards["data"] if name.endswith(".json")} == {path.name for path in (PROJECT / "dashboards").glob("*.json")}
