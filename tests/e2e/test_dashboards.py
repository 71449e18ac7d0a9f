"""The boards in dashboards/ show what a real Prometheus scrapes from a real Gladhand to which everything happens that it measures."""

import contextlib
import json
import math
import re
import time

import pytest
import yaml

from support.commands import command
from support.grafana import BOARDS, View, expressions, is_optional, panels
from support.network import own_network
from support.process import PROJECT, eventually
from support.prometheus import Prometheus
from support.visitors import Place, Visitors

pytestmark = pytest.mark.xdist_group("dashboards")  # they share what has happened

RULES = sorted((PROJECT / "dashboards/rules").glob("*.yaml"))
LEAST_VISITS, LEAST_SECONDS, MOST_SECONDS = 8, 10, 90  # of each kind; a rate needs what happens again
PHASE = re.compile(r'detail::(?:fact|marks)\s*\("(?P<name>\w+)", Side::(?P<side>\w+),')



class Scene:
    def __init__(self, place, prometheus, has_network, start, end):
        self.place, self.prometheus, self.has_network, self.start, self.end = place, prometheus, has_network, start, end

    def view(self, board, **options):
        return View(BOARDS[board], self.prometheus, self.start, self.end, **options)

    def rules(self):
        return [rule for group in self.prometheus.api("rules")["groups"] for rule in group["rules"]]


@pytest.fixture(scope="module")
def scene(tmp_path_factory, authority):
    directory = tmp_path_factory.mktemp("dashboards")
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(own_network(3))
            has_network = True
        except pytest.skip.Exception:
            has_network = False  # Fast Open is as this machine has it
        place = stack.enter_context(Place(directory, authority))
        prometheus = stack.enter_context(Prometheus(directory, [f"127.0.0.1:{place.proxy.admin.port}"], RULES))
        start = time.time()
        with Visitors(place) as visitors:
            try:
                eventually(lambda: time.time() > start + LEAST_SECONDS and visitors.fewest >= LEAST_VISITS, "everybody was served often", MOST_SECONDS)
            except AssertionError as late:
                raise AssertionError("\n".join([str(late), *visitors.troubles[-5:]])) from None
            end = eventually(lambda: (now := time.time()) and prometheus.at("up == 1", now) and now, "the latest scrape went well")
        yield Scene(place, prometheus, has_network, start, end)
        place.proxy.stop()


def _shown(view, target):
    """Series that have a number; NaN is none."""
    return [(labels, samples) for labels, samples in view.ask(target) if any(math.isfinite(value) for _, value in samples)]


@pytest.mark.parametrize("name", BOARDS)
def test_every_query_of_every_panel_shows_something(scene, name):
    view, empty, nameless = scene.view(name), [], []
    for panel in panels(BOARDS[name]):
        for target in panel["targets"]:
            found = _shown(view, target)
            if not found and not (is_optional(panel) and not scene.has_network):
                empty.append(f"{panel['title']}: {target['expr']}")
            nameless += [f"{panel['title']}: {target['legendFormat']} of {labels}" for labels, _ in found
                         if not all(map(labels.get, re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])))]
    assert not empty, "\n".join(empty)
    assert not nameless, "\n".join(nameless)


@pytest.mark.parametrize("name", BOARDS)
def test_every_variable_has_values_to_choose_from(scene, name):
    assert [variable for variable, found in scene.view(name).choices.items() if not found] == []


@pytest.mark.parametrize("name", BOARDS)
def test_every_value_chosen_by_name_shows_what_all_of_them_show(scene, name):
    by_all, by_name = scene.view(name), scene.view(name, all_by_name=True)
    for panel in panels(BOARDS[name]):
        for target in panel["targets"]:
            shown, named = _shown(by_all, target), _shown(by_name, target)
            assert sorted(sorted(labels.items()) for labels, _ in shown) == sorted(sorted(labels.items()) for labels, _ in named), panel["title"]


def test_every_phase_has_its_percentiles_and_its_curve_on_the_handshakes_board(scene):
    phases = {(row["side"], row["name"]) for row in PHASE.finditer((PROJECT / "proxy/timeline/phases.h").read_text())}
    assert len(phases) > 25
    view, columns, curves = scene.view("handshakes"), {}, set()
    for panel in panels(BOARDS["handshakes"]):
        for target in panel["targets"]:
            if not (side := re.search(r"gladhand_(\w+)_handshake_seconds", target["expr"])):
                continue
            named = {(side[1], labels["phase"]) for labels, _ in _shown(view, target) if "phase" in labels}
            if panel["type"] == "table":
                columns[side[1], target["refId"]] = named
            else:
                curves |= named
    for ref in "ABCD":
        assert phases == set.union(*(columns[side, ref] for side in ("client", "upstream", "tunnel"))), f"column {ref} of the tables"
    assert phases - curves == set()


def _metrics_named_in(text):
    """Those of Gladhand and of its process; what rules record has a colon in its name."""
    return set(re.findall(r"(?<![\w:])(?:gladhand|process)_\w+(?![\w:])", text))


def test_every_metric_that_boards_and_rules_name_is_published(scene):
    text = scene.place.proxy.metrics().text
    published = set(re.findall(r"^((?:gladhand|process)_\w+)(?:\{| )", text, re.M))
    named = {metric for board in BOARDS.values() for _, expr in expressions(board) for metric in _metrics_named_in(expr)}
    named |= {metric for rule in scene.rules() for metric in _metrics_named_in(rule["query"])}
    assert named - published == set()


def test_every_rule_is_evaluated_and_what_is_recorded_is_there(scene):
    rules = scene.rules()
    assert {rule["health"] for rule in rules} == {"ok"}, [rule.get("lastError") for rule in rules]
    recorded = [rule["name"] for rule in rules if rule["type"] == "recording"]
    assert recorded and [name for name in recorded if not scene.prometheus.at(name, scene.end)] == []


def test_promtool_finds_nothing_wrong_with_the_rules():
    got = command("promtool", "check", "rules", "--lint=all", "--lint-fatal", *RULES, timeout=60)
    assert got.status == 0, got.text + got.errors


@pytest.mark.parametrize("tests", sorted((PROJECT / "dashboards/rules/tests").glob("*.yaml")), ids=lambda path: path.stem)
def test_rules_do_what_their_tests_say(tests):
    got = command("promtool", "test", "rules", tests, timeout=60)
    assert got.status == 0, got.text + got.errors


def test_every_alert_fires_and_holds_its_fire_in_a_test_and_tells_people_what_to_do():
    rules, tests = (yaml.safe_load((PROJECT / "dashboards/rules" / path).read_text()) for path in ("alerts.yaml", "tests/alerts.yaml"))
    alerts = [rule for group in rules["groups"] for rule in group["rules"]]
    cases = [case for test in tests["tests"] for case in test["promql_expr_test"]]
    for alert in alerts:
        samples = [case["exp_samples"] for case in cases if case["expr"] == f'ALERTS{{alertname="{alert["alert"]}",alertstate="firing"}}']
        assert [] in samples and any(samples), f"{alert['alert']} has no test in which it fires, or none in which it does not"
        labels = {label for found in samples for sample in found for label in re.findall(r"(\w+)=", sample["labels"])}
        told = alert["annotations"]
        assert set(told) == {"summary", "description", "runbook"} and alert["labels"]["severity"] in {"critical", "warning", "info"}
        assert set(re.findall(r"\$labels\.(\w+)", "".join(told.values()))) <= labels, f"{alert['alert']} tells of labels that it has not"


# ---- what dashboards/README.md tells people to do

def _told(language, word):
    """The block of the page that has the word."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", (PROJECT / "dashboards/README.md").read_text(), re.M | re.S)
    block, = [block for block in blocks if word in block]
    return block


def test_the_page_shows_a_configuration_that_prometheus_takes(tmp_path):
    text = _told("yaml", "scrape_configs")
    assert "/etc/prometheus/gladhand" in text
    (tmp_path / "prometheus.yml").write_text(text.replace("/etc/prometheus/gladhand", str(PROJECT / "dashboards/rules")))
    got = command("promtool", "check", "config", tmp_path / "prometheus.yml", timeout=60)
    assert got.status == 0 and got.text.count("rules found") == len(RULES), got.text + got.errors


def test_the_page_checks_the_rules_by_a_command_that_works():
    got = command("sh", "-ec", f"cd {PROJECT}\n{_told('sh', 'promtool test')}", timeout=60)
    assert got.status == 0, got.text + got.errors


def test_the_page_sends_every_board_to_grafana_by_a_command_that_works(origin):
    got = command("sh", "-ec", f"cd {PROJECT}\n{_told('sh', 'GRAFANA')}", env={"GRAFANA": origin.endpoint})
    assert got.status == 0, got.errors
    sent = [json.loads(request.body) for request in origin.requests if (request.method, request.target) == ("POST", "/api/dashboards/db")]
    assert sent == [{"overwrite": True, "dashboard": board} for board in BOARDS.values()]
    assert {request.fields.get("Content-Type") for request in origin.requests} == {"application/json"}
