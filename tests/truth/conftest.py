"""Where the tests take place: Gladhand and the capture in the namespace of this process, its peers in a far one."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
pytest.register_assert_rewrite("support", "lab")

from lab.attempts import Attempts  # noqa: E402
from lab.capture import Capture  # noqa: E402
from lab.link import DEVICE, FAR, Link  # noqa: E402
from lab.namespace import Namespace, move_to_new  # noqa: E402
from lab.stage import Stage  # noqa: E402
from lab.witness import PRIORITY, Witness, take_priority  # noqa: E402
from obstacle import obstacle  # noqa: E402
from support.certificates import Authority  # noqa: E402
from support.process import BINARY  # noqa: E402


def pytest_sessionstart(session):
    if not BINARY.is_file():
        pytest.exit(f"there is no {BINARY}: build it, or name one in GLADHAND_BINARY", returncode=1)
    if reason := obstacle():
        pytest.exit(f"no handshake can be captured here: {reason}", returncode=1)
    move_to_new()
    take_priority(PRIORITY)  # nobody else's work comes between a packet and whoever waits for it
    session.config.pluginmanager.register(Attempts(Witness()))


@pytest.fixture(scope="session")
def far():
    there = Namespace()
    yield there
    there.close()


@pytest.fixture(scope="session")
def link(far):
    made = Link(far)
    yield made
    made.close()


@pytest.fixture(scope="session")
def capture(link):
    made = Capture(DEVICE)
    yield made
    made.close()


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    made = Authority(tmp_path_factory.mktemp("certificates"))
    made.localhost = made.issue("localhost", "localhost", "127.0.0.1")
    made.far = made.issue("far", "far.test", FAR)
    return made


@pytest.fixture
def stage(tmp_path, far, link, capture, authority):
    """Set anew for every test; it is taken down in the end, and Gladhand must have ended well."""
    made = Stage(tmp_path, far, link, capture, authority)
    yield made
    made.close()
