"""deploy/Dockerfile: what it promises, and, in long runs, what comes of it."""

import os
import subprocess
import sys

import pytest

from support.process import BINARY, IS_SANITIZED, PROJECT, run_binary

sys.path.insert(0, str(PROJECT / "deploy"))
import dockerfile  # noqa: E402

FILE = PROJECT / "deploy" / "Dockerfile"


@pytest.fixture(scope="module")
def stages():
    return dockerfile.read(FILE, {})


def test_the_image_runs_as_nobody_in_particular_and_is_asked_for_its_health(stages):
    image = stages[-1]
    assert image.user == "65532:65532"
    assert image.stop_signal == "SIGTERM"
    assert image.health == ["/usr/bin/gladhand", "healthcheck"]
    assert image.entrypoint + image.command == ["/usr/bin/gladhand", "run"]


def test_what_is_exposed_is_what_its_configuration_listens_on(stages):
    text = (PROJECT / "deploy" / "container.toml").read_text()
    assert all(f'":{port}"' in text for port in stages[-1].ports) and len(stages[-1].ports) == 3


def test_nothing_of_the_build_stays_in_the_image(stages):
    image = stages[-1]
    assert [text for word, text in image.steps if word == "COPY"] == ["--from=build /image/ /"]
    assert all("build-packages" not in text for _, text in image.steps)


def test_either_debian_can_be_asked_for():
    assert [stage.base for stage in dockerfile.read(FILE, {})] == ["debian:13-slim"] * 2
    assert [stage.base for stage in dockerfile.read(FILE, {"DEBIAN": "12"})] == ["debian:12-slim"] * 2


def test_its_labels_are_filled_in():
    labels = dockerfile.read(FILE, {"VERSION": "1.2.3", "REVISION": "abc"})[-1].labels
    assert labels["org.opencontainers.image.version"] == "1.2.3" and labels["org.opencontainers.image.revision"] == "abc"


def test_the_version_is_the_programs(stages):
    assert run_binary("version").stdout.strip() == f"gladhand {stages[-1].labels['org.opencontainers.image.version']}"


@pytest.mark.parametrize("path, is_left_out", [
    ("proxy/main.cc", False), ("CMakeLists.txt", False), ("deploy/install.cmake", False), ("tests/targets.cmake", False), ("config/gladhand.toml", False),
    ("build/release/gladhand", True), (".git/config", True), ("tests/e2e/conftest.py", True), ("tests/run", True), ("deploy/__pycache__/x.pyc", True)])
def test_what_the_build_sees(path, is_left_out):
    assert (path in dockerfile.Ignored((PROJECT / ".dockerignore").read_text())) is is_left_out


def test_the_build_sees_every_source(tmp_path):
    ignored = dockerfile.Ignored((PROJECT / ".dockerignore").read_text())
    seen = {str(path.relative_to(PROJECT)) for path in ignored.context(PROJECT)}
    assert {str(path.relative_to(PROJECT)) for path in (PROJECT / "proxy").rglob("*.cc")} <= seen
    assert not any(path.startswith(("build/", "tests/e2e", ".git/")) for path in seen)


def test_the_packages_that_the_program_needs_are_found():
    if IS_SANITIZED:
        pytest.skip("it needs the sanitizers' libraries, too")
    done = subprocess.run([PROJECT / "deploy" / "runtime-packages", BINARY], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    packages = done.stdout.split()
    assert any(name.startswith("libssl3") for name in packages) and any(name.startswith("libuv1") for name in packages)
    assert all(subprocess.run(["dpkg-query", "-W", name], capture_output=True).returncode == 0 for name in packages)
    assert not any(name.endswith("-dev") for name in packages)


@pytest.mark.skipif(not os.environ.get("GLADHAND_LONG_TESTS") or IS_SANITIZED, reason="takes some minutes: tests/run --all")
@pytest.mark.skipif(os.geteuid() != 0, reason="chroot and mounts need root")
@pytest.mark.parametrize("debian", ["13", "12"])
@pytest.mark.xdist_group("image")
def test_the_image_works(debian):
    done = subprocess.run([PROJECT / "deploy" / "check-image", "--debian", debian], capture_output=True, text=True, timeout=3600)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
