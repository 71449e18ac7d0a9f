"""deploy/compose.yaml and what it mounts: as far as can be told without Docker, and what the real Prometheus says of it."""

import json
import subprocess
import urllib.request

import pytest
import yaml

from support.ports import free_port
from support.process import PROJECT, Process, eventually, prepare_child
from support.proxy import Admin

FILE = PROJECT / "deploy" / "compose.yaml"
RULES = PROJECT / "dashboards" / "rules"
KEYS = {"build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "ports", "read_only", "restart",
        "security_opt", "stop_grace_period", "tmpfs", "volumes"}


@pytest.fixture(scope="module")
def composition():
    return yaml.safe_load(FILE.read_text())


@pytest.fixture(params=["gladhand", "origin", "prometheus", "grafana"])
def service(request, composition):
    return composition["services"][request.param]


def test_there_are_no_other_services(composition):
    assert set(composition["services"]) == {"gladhand", "origin", "prometheus", "grafana"}
    assert set(composition) == {"name", "x-confined", "services", "volumes"}


def test_every_service_is_confined(service):
    assert set(service) <= KEYS, f"not known: {set(service) - KEYS}"
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"]


def test_every_image_has_a_version(service):
    name, _, tag = service["image"].rpartition(":")
    assert name and tag and tag != "latest"


def test_everything_is_published_on_loopback_alone(service):
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_what_is_mounted_from_here_exists_and_is_read_only(service, composition):
    for volume in service.get("volumes", []):
        source, target, *mode = volume.split(":")
        assert target.startswith("/")
        if source.startswith("."):
            assert (FILE.parent / source).exists(), f"there is no {source}"
            assert mode == ["ro"]
        else:
            assert source in composition["volumes"]


def test_everything_that_is_waited_for_has_a_health_check(service, composition):
    in_image = {"gladhand"}  # deploy/Dockerfile
    for name, wait in service.get("depends_on", {}).items():
        assert wait == {"condition": "service_healthy"}
        assert name in in_image or "healthcheck" in composition["services"][name]


def test_grafana_finds_prometheus_and_the_boards(composition):
    data, = yaml.safe_load((FILE.parent / "compose/grafana/datasources.yml").read_text())["datasources"]
    assert data["url"] == "http://prometheus:9090" and data["isDefault"] is True
    provider, = yaml.safe_load((FILE.parent / "compose/grafana/dashboards.yml").read_text())["providers"]
    mounts = dict(volume.split(":")[:2] for volume in composition["services"]["grafana"]["volumes"])
    assert mounts["../dashboards"] == provider["options"]["path"]


def test_prometheus_scrapes_the_proxy_as_the_image_configures_it(tmp_path, origin, composition):
    """The real Prometheus with the file that is mounted, the proxy with the configuration of the image; only addresses are others."""
    admin, https, http, web = (free_port() for _ in range(4))
    text = (PROJECT / "deploy" / "container.toml").read_text()
    for old, new in ((":9900", admin), (":8443", https), (":8080", http)):
        assert f'"{old}"' in text
        text = text.replace(f'"{old}"', f'"127.0.0.1:{new}"')
    (tmp_path / "gladhand.toml").write_text(text)
    proxy = Process(["run", "--config", "gladhand.toml"], tmp_path, env={"UPSTREAM": origin.endpoint})
    eventually(Admin(admin).is_ready)

    configuration = yaml.safe_load((FILE.parent / "compose/prometheus.yml").read_text())
    assert configuration["scrape_configs"][0]["static_configs"][0]["targets"] == ["gladhand:9900"]
    assert sorted(configuration["rule_files"]) == sorted(f"rules/{path.name}" for path in RULES.glob("*.yaml"))
    configuration["rule_files"] = [str(path) for path in RULES.glob("*.yaml")]
    configuration["scrape_configs"][0]["static_configs"][0]["targets"] = [f"localhost:{admin}"]
    configuration["global"]["scrape_interval"] = configuration["global"]["evaluation_interval"] = "200ms"
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(configuration))
    with open(tmp_path / "prometheus.log", "wb") as log:
        prometheus = subprocess.Popen(["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data", f"--web.listen-address=127.0.0.1:{web}"],
                                      cwd=tmp_path, stdout=log, stderr=log, preexec_fn=prepare_child())

    def value(query):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{web}/api/v1/query?query={query}", timeout=5) as reply:
                return [float(found["value"][1]) for found in json.load(reply)["data"]["result"]]
        except OSError:
            return []
    try:
        eventually(lambda: value("up{job=\"gladhand\"}") == [1], "it is scraped", timeout=30)
        assert value("gladhand_build_info") == [1] or value("count(gladhand_build_info)") == [1]
        with urllib.request.urlopen(f"http://127.0.0.1:{web}/api/v1/rules", timeout=5) as reply:
            rules = [rule["name"] for group in json.load(reply)["data"]["groups"] for rule in group["rules"]]
        assert "GladhandDown" in rules
    finally:
        prometheus.kill()
        prometheus.wait()
    proxy.stop()


def test_prometheus_may_ask_by_the_name_of_the_service(tmp_path, composition):
    admin = free_port()
    text = (PROJECT / "deploy" / "container.toml").read_text()
    for old, new in ((":9900", admin), (":8443", 0), (":8080", 0)):
        text = text.replace(f'"{old}"', f'"127.0.0.1:{new}"')
    (tmp_path / "gladhand.toml").write_text(text)
    proxy = Process(["run", "--config", "gladhand.toml"], tmp_path)
    eventually(Admin(admin).is_ready)
    target, = yaml.safe_load((FILE.parent / "compose/prometheus.yml").read_text())["scrape_configs"][0]["static_configs"][0]["targets"]
    request = urllib.request.Request(f"http://127.0.0.1:{admin}/metrics", headers={"Host": target})
    with urllib.request.urlopen(request, timeout=10) as reply:
        assert reply.status == 200
    proxy.stop()
