"""The live page in a real browser: what it shows is what the API tells."""

import http.client
import json
import os
import re
import socket
import time

import pytest

from support.commands import curl
from support.http1 import Wire
from support.origin import Origin
from support.process import PATIENCE, eventually, run_binary
from support.window import window

NARROW, WIDE = 360, 1440


pytestmark = pytest.mark.xdist_group("live_page")  # one browser is enough for two processors


@pytest.fixture(scope="module")
def page(start_for_module, authority):
    with window(start_for_module.directory(), authority.localhost) as opened:
        yield opened


@pytest.fixture(scope="module")
def proxy(start_for_module, authority):
    """One that curl has visited in several ways, and a stranger who speaks no TLS."""
    with Origin() as origin:
        running = start_for_module(origin, tls=True)
        for arguments in (["--http2"], ["--http1.1"], ["--http1.1", "--tls-max", "1.2"]):
            for path in ("/one", "/two?secret=1"):
                assert curl(*arguments, "--cacert", authority.ca_file, running.url(path, "https")).status == 0
        assert curl(running.url("/plain")).status == 0
        with Wire.connect(running.https) as wire:
            wire.send("GET / HTTP/1.1\r\n\r\n")
            wire.receive_all()
        eventually(lambda: {one["state"] for one in api(running, "handshakes?side=client")["handshakes"]} == {"closed"}, "every client has gone")
        yield running


def api(proxy, path):
    status, body = proxy.admin.get(f"/api/v1/{path}")
    assert status == 200, body
    return json.loads(body)


def home(proxy, query=""):
    return f"http://localhost:{proxy.admin.port}/{query}"


def opened(page, proxy, query="", **how):
    """The page once it shows connections and figures."""
    page.open(home(proxy, query), **how)
    eventually(lambda: page.texts(".row") and page.text("#tiles .big") and page.text("#facts dd"), "the page has filled up")
    return page


def shown_time(micros):
    """As the page writes a duration."""
    if micros < 99.5:
        return f"{int(micros + 0.5)} µs"
    value, unit = (micros / 1e6, "s") if micros >= 999.5e3 else (micros / 1e3, "ms")
    return f"{value:.{0 if value >= 99.95 else 1 if value >= 9.995 else 2}f} {unit}"


def row_ids(page):
    return page.evaluate("[...document.querySelectorAll('.row')].map((row) => row.dataset.id)")


def test_it_loads_without_a_complaint_of_the_console_or_of_its_policy(page, proxy):
    opened(page, proxy)
    time.sleep(2.5)  # everything was asked for a second time
    assert page.problems() == []


def test_its_policy_lets_nothing_in_from_elsewhere(proxy):
    connection = http.client.HTTPConnection("127.0.0.1", proxy.admin.port, timeout=PATIENCE)
    for path in ("/", "/assets/main.js", "/assets/page.css", "/assets/colours.css", "/assets/icon.svg"):
        connection.request("GET", path)
        reply = connection.getresponse()
        body = reply.read().decode()
        policy = reply.getheader("Content-Security-Policy")
        assert reply.status == 200 and policy.startswith("default-src 'none';") and "unsafe" not in policy, path
        assert (reply.getheader("X-Content-Type-Options"), reply.getheader("Cache-Control")) == ("nosniff", "no-store")
        assert not re.search(r"""(?:src|href|url|from|import)\s*[=( ]\s*["']?(?:\w+:)?//""", body), f"{path} loads something from elsewhere"
        assert not re.search(r"""<script>|<style>|\son\w+=|\sstyle=""", body), f"{path} has a script or a style in its markup"
    connection.close()


def test_every_connection_that_the_API_tells_has_a_row_the_youngest_first(page, proxy):
    opened(page, proxy)
    expected = [one["id"] for one in api(proxy, "handshakes?limit=200")["handshakes"]]
    assert sorted(row_ids(page)) == sorted(expected)
    times = page.evaluate("[...document.querySelectorAll('.row time')].map((one) => one.dateTime)")
    assert times == sorted(times, reverse=True)


def test_a_row_appears_when_somebody_comes(page, proxy):
    opened(page, proxy)
    before = set(row_ids(page))
    curl(proxy.url("/appears"))
    eventually(lambda: "GET /appears 200" in " ".join(page.texts(".row .main")), "the new row")
    new = [one for one in api(proxy, "handshakes?side=client")["handshakes"] if one["id"] not in before]
    assert len(new) == 1 and row_ids(page).index(new[0]["id"]) <= 1  # an upstream's may have come after it


def test_a_pause_holds_rows_back_and_going_on_brings_them(page, proxy):
    opened(page, proxy)
    page.press("p")
    assert page.text("#pause") == "Go on" and page.evaluate("document.getElementById('pause').ariaPressed") == "true"
    before = row_ids(page)
    curl(proxy.url("/held-back"))
    eventually(lambda: "came meanwhile" in page.text("#shown"), "the pause says that something came")
    assert row_ids(page) == before
    page.press("p")
    eventually(lambda: any("/held-back" in text for text in page.texts(".row .main")), "what was held back")


@pytest.mark.parametrize("field, value, is_wanted", [
    ("side", "upstream", lambda one: one["side"] == "upstream"),
    ("name", "https", lambda one: one["name"] == "https"),
    ("result", "failed", lambda one: one["result"] != "ok"),
    ("result", "plaintext_http", lambda one: one["result"] == "plaintext_http"),
    ("phase", "client.tls", lambda one: one["side"] == "client" and "tls" in one["phases"]),
    ("text", "tls_aes two", lambda one: "TLS_AES" in json.dumps(one) and "/two" in json.dumps(one)),
    ("text", "no such thing anywhere", lambda one: False),
])
def test_the_filter_shows_what_it_says(page, proxy, field, value, is_wanted):
    opened(page, proxy)
    if field != "text":
        eventually(lambda: value in page.evaluate(f"[...document.querySelector('#filter [name={field}]').options].map((one) => one.value)"), "it can be chosen")
    page.choose(f"#filter [name={field}]", value)
    wanted = sorted(one["id"] for one in api(proxy, "handshakes?limit=200")["handshakes"] if is_wanted(one))
    eventually(lambda: sorted(row_ids(page)) == wanted, f"{field}={value}")
    assert bool(wanted) == page.evaluate("document.getElementById('empty').hidden")
    # It stands in the address: whoever opens that sees the same.
    query = page.evaluate("location.search")
    page.open(home(proxy, query))
    eventually(lambda: sorted(row_ids(page)) == wanted, query)


def test_only_what_took_longer_is_shown_where_that_is_asked_for(page, proxy):
    opened(page, proxy)
    handshakes = [one for one in api(proxy, "handshakes?limit=200")["handshakes"] if "tls" in one["phases"]]
    bound = sorted(one["phases"]["tls"] for one in handshakes)[len(handshakes) // 2]
    page.choose("#filter [name=phase]", "client.tls")
    page.choose("#filter [name=over]", str(bound / 1000))
    wanted = sorted(one["id"] for one in handshakes if one["phases"]["tls"] >= bound)
    eventually(lambda: sorted(row_ids(page)) == wanted, "those above the median")


def test_bars_lie_where_the_marks_say(page, proxy):
    opened(page, proxy)
    one = next(one for one in api(proxy, "handshakes?side=client&name=https&result=ok")["handshakes"])
    drawn = page.evaluate(f"""[...document.querySelectorAll('.row[data-id="{one['id']}"] .bar')].map((bar) =>
        [bar.title, Number(bar.style.getPropertyValue('--s')), Number(bar.style.getPropertyValue('--w'))])""")
    found = {title.split(":")[0]: (start, width) for title, start, width in drawn}
    for phase, mark in (("client_hello_wait", "connected"), ("tls", "first_byte"), ("tls_server_flight", "client_hello"), ("tls_client_flight", "server_flight")):
        assert found[f"client {phase}"] == (one["marks"][mark], one["phases"][phase])
    exchange = one["exchanges"]["first"]
    assert found["upstream first_byte"] == (exchange["marks"]["head_sent"], exchange["phases"]["upstream"]["first_byte"])


def test_a_row_opens_by_the_keyboard_and_shows_every_mark_and_fact(page, proxy):
    opened(page, proxy, "?side=client&name=https&result=ok")
    eventually(lambda: len(row_ids(page)) >= 6)
    page.evaluate("document.querySelector('.row').focus()")
    page.press("ArrowDown")
    chosen = page.evaluate("document.activeElement.dataset.id")
    assert chosen == row_ids(page)[1]
    page.press("Enter")
    eventually(lambda: page.evaluate("document.getElementById('detail').open") and page.text("#detail-title"), "the detail opens")
    one = api(proxy, f"handshakes/{chosen}")
    cells = page.evaluate("[...document.querySelectorAll('#detail table tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))")
    told = {row[0]: row[1:] for row in cells}
    for mark, instant in one["marks"].items():
        assert told[mark][0] == f"{instant / 1000:.3f} ms", mark
    for phase, took in one["phases"].items():
        assert told[f"client {phase}"][-1] == f"{took / 1000:.3f} ms", phase
    for mark, instant in one["exchanges"]["first"]["marks"].items():
        assert told[f"first exchange: {mark}"][0] == f"{instant / 1000:.3f} ms", mark
    text = page.text("#detail")
    for value in (one["tls"]["cipher"], one["tls"]["group"], one["peer"], str(one["tcp"]["mss"]), one["close"]["manner"]):
        assert value in text, value
    for message in one["tls"]["messages"]:
        assert f"{message['bytes']} B" in text
    # It closes, and the reader is where he was.
    page.press("Escape")
    eventually(lambda: not page.evaluate("document.getElementById('detail').open"))
    assert page.evaluate("document.activeElement.dataset.id") == chosen and page.evaluate("location.hash") == ""
    assert page.problems() == []


def test_whoever_came_by_the_address_of_one_connection_finds_its_row_behind_it(page, proxy):
    one = api(proxy, "handshakes?side=client&name=https&result=ok")["handshakes"][2]
    opened(page, proxy, f"#{one['id']}")
    eventually(lambda: page.evaluate("document.getElementById('detail').open"))
    page.press("Escape")
    eventually(lambda: page.evaluate("document.activeElement.dataset.id") == one["id"])


def test_the_ladder_says_what_the_diagram_says(page, proxy):
    one = api(proxy, "handshakes?side=client&name=https&result=ok")["handshakes"][0]
    opened(page, proxy, f"#{one['id']}")
    eventually(lambda: page.texts(".ladder li"), "the ladder")
    _, diagram = proxy.admin.get(f"/api/v1/handshakes/{one['id']}.mmd")
    lines = [line for line in diagram.splitlines() if "->>" in line or "Note over" in line][:-1]
    steps = page.texts(".ladder li .text")
    assert len(steps) == len(lines)
    for shown, line in zip(steps, lines):
        plain = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), line.split(": ", 1)[1]).split("<br/>")[0]
        assert shown == plain
    assert [at for at in page.texts(".ladder li .at") if at] == re.findall(r"<br/>(-?[\d.]+ ms)", diagram)


def test_commands_hold_what_strangers_wrote_as_one_word(page, proxy):
    curl("--globoff", proxy.url("/$(touch%20x)`id`'&'"))
    one = eventually(lambda: [one for one in api(proxy, "handshakes?side=client&name=http")["handshakes"] if "touch" in json.dumps(one)])[0]
    opened(page, proxy, f"#{one['id']}")
    commands = eventually(lambda: page.texts("#detail .command code"))
    path = one["exchanges"]["first"]["path"]
    assert commands[-1].startswith("gladhand probe 'http://") and "touch" in path
    quoted = commands[-1].removeprefix("gladhand probe ")
    assert quoted.endswith("'" if not path.endswith("'") else "''") and path.replace("'", "'\\''") in quoted


def test_figures_are_those_of_the_API(page, proxy):
    opened(page, proxy)
    summary = eventually(lambda: settled(page, proxy), "page and API tell of the same connections")
    figures = dict(page.evaluate("[...document.querySelectorAll('[data-figure]')].map((one) => [one.dataset.figure, one.textContent])"))
    for side in ("client", "upstream"):
        assert summary[side]["phases"]
        for phase in summary[side]["phases"]:
            for which in ("p50", "p95", "p99"):
                assert figures[f"{side}.{phase['name']}.{which}"] == shown_time(phase[which])
    for which in ("p50", "p95", "p99"):
        assert figures[f"client.handshake.{which}"] == shown_time(summary["client"]["handshake"][which])
    assert figures["client.failed"] == str(summary["client"]["failed"]) != "0"
    [app] = api(proxy, "upstreams")["upstreams"]
    tcp = next(phase for phase in app["phases"] if phase["name"] == "tcp")
    assert figures["upstream.app.tcp"] == shown_time(tcp["p95"])
    assert figures["status.version"] == api(proxy, "status")["version"]


def settled(page, proxy):
    """The summary, if the page shows that very one."""
    summary = api(proxy, "summary")
    counts = re.search(r"(\d+) connections of clients and (\d+) to upstreams", page.text("#phases-hint") or "")
    return summary if counts and [int(n) for n in counts.groups()] == [summary[side]["connections"] for side in ("client", "upstream")] else None


def test_counts_of_the_API_are_those_of_the_metrics(proxy):
    with Wire.connect(proxy.http) as wire:  # one stays open
        wire.send("GET /stays HTTP/1.1\r\nHost: localhost\r\n\r\n")
        eventually(lambda: api(proxy, "listeners")["listeners"][0]["connections"]["open"] == 1, "it is counted as open")
        compare_counts(proxy, proxy.idle_metrics())


def compare_counts(proxy, metrics):
    for listener in api(proxy, "listeners")["listeners"]:
        labels = {"side": "client", "name": listener["name"]}
        assert listener["connections"]["attempted"] == metrics.total("gladhand_handshake_attempts_total", **labels)
        failed = metrics.total("gladhand_handshakes_total", **labels) - metrics.total("gladhand_handshakes_total", result="ok", **labels)
        assert listener["connections"]["failed"] == failed
        assert listener["requests"] == metrics.total("gladhand_http_requests_received_total", listener=listener["name"])
    [app] = api(proxy, "upstreams")["upstreams"]
    assert app["reuses"] == metrics.total("gladhand_upstream_connections_reused_total", upstream="app")
    assert sum(app["responses"].values()) + app["unanswered"] == metrics.total("gladhand_upstream_requests_total", upstream="app")
    for route in api(proxy, "routes")["routes"]:
        assert sum(route["responses"].values()) == metrics.total("gladhand_http_responses_total", route=route["name"])


def test_what_the_summary_tells_adds_up(proxy):
    summary = api(proxy, "summary")
    for side in ("client", "upstream"):
        one = summary[side]
        assert one["connections"] == sum(result["count"] for result in one["results"]) == one["failed"] + one["handshake"]["count"]
        spent = one["spent"]
        assert abs(spent["network"] + spent[side] + spent["self"] + spent["rest"] - spent["total"]) < 0.01 and min(spent.values()) >= 0
        for phase in one["phases"]:
            assert phase["p50"] <= phase["p95"] <= phase["p99"]
    versions = {one["name"]: one["count"] for one in summary["client"]["versions"]}
    assert set(versions) == {"1.3", "1.2"} and versions["1.2"] == 2 and versions["1.3"] >= 4


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("is_dark", [False, True])
def test_nothing_is_wider_than_the_window(page, proxy, width, is_dark):
    one = next(one for one in api(proxy, "handshakes?side=client&name=https&result=ok")["handshakes"])
    for query, scripts in (("", True), (f"#{one['id']}", True), ("", False)):
        page.open(home(proxy, query), width=width, dark=is_dark, scripts=scripts)
        if scripts:
            eventually(lambda: page.texts(".row") and page.text("#tiles .big") and (not query or page.texts(".ladder li")))
        overflow = page.evaluate("[document.documentElement.scrollWidth, document.getElementById('detail').scrollWidth]")
        assert max(overflow) <= width, (query, scripts)
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((sum, n) => sum + Number(n), 0) < 200")
        assert dark == is_dark


# The contrast of each text to what is behind it (WCAG 2.2, 1.4.3), worked out in the page.
CONTRASTS = """(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const over = ([r, g, b, a], below) => [r, g, b].map((c, i) => c * a / 255 + below[i] * (1 - a / 255));
  const behind = (element) => (element ? over(rgba(getComputedStyle(element).backgroundColor), behind(element.parentElement)) : [255, 255, 255]);
  const luminance = (rgb) => rgb.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const poor = new Set();
  for (const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); walker.nextNode();) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest('.skip')) continue;
    const below = behind(element);
    const [light, dark] = [luminance(over(rgba(getComputedStyle(element).color), below)), luminance(below)].sort((a, b) => b - a);
    if ((light + 0.05) / (dark + 0.05) < 4.5) poor.add(`${element.className || element.tagName}: ${walker.currentNode.data.slice(0, 20)} ${((light + 0.05) / (dark + 0.05)).toFixed(2)}`);
  }
  return [...poor];
})()"""


@pytest.mark.parametrize("is_dark", [False, True])
def test_every_text_stands_out_from_what_is_behind_it(page, proxy, is_dark):
    one = next(one for one in api(proxy, "handshakes?side=client&name=https&result=ok")["handshakes"])
    opened(page, proxy, f"#{one['id']}", dark=is_dark)
    eventually(lambda: page.texts(".ladder li"))
    assert page.evaluate(CONTRASTS) == []


def test_whatever_can_be_used_has_a_name_for_those_who_cannot_see_it(page, proxy):
    one = next(one for one in api(proxy, "handshakes?side=client&name=https&result=ok")["handshakes"])
    opened(page, proxy, f"#{one['id']}")
    eventually(lambda: page.texts(".ladder li"))
    nameless = page.evaluate("""[...document.querySelectorAll('button, a[href], input, select, section, dialog, [role=region]')].filter((one) =>
        !(one.textContent.trim() || one.ariaLabel || one.labels?.length || document.getElementById(one.getAttribute('aria-labelledby'))?.textContent)).map((one) => one.outerHTML)""")
    assert nameless == []


def test_without_scripts_there_are_tables_of_the_same(page, proxy):
    page.open(home(proxy), scripts=False)
    titles = page.texts(".tables h2")
    assert titles == ["Status", "Listeners", "Upstreams", "Latest connections"] and page.evaluate("document.getElementById('app').hidden")
    tables = page.evaluate("[...document.querySelectorAll('.tables table')].map((table) => [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent)))")
    assert tables[0][0][:2] == ["serving", api(proxy, "status")["version"]]
    assert [row[0] for row in tables[1]] == ["http", "https"] and [row[0] for row in tables[2]] == ["app"]
    latest = api(proxy, "handshakes?limit=50")["handshakes"]
    assert [row[0] for row in tables[3]] == [one["id"] for one in latest]
    for row, one in zip(tables[3], latest):
        assert row[2:6] == [one["side"], one["name"], one["peer"], one["result"]]
        assert row[7] == f"{one['handshake'] / 1000:.3f} ms"
    assert page.problems() == []


def test_what_strangers_write_stays_text(page, proxy):
    curl("--path-as-is", "--globoff", proxy.url("/<img/src=x/onerror=alert(1)>"))
    eventually(lambda: "onerror" in json.dumps(api(proxy, "handshakes?side=client")))
    opened(page, proxy)
    eventually(lambda: any("<img/src=x" in text for text in page.texts(".row .main")))
    assert page.evaluate("document.querySelectorAll('#app img').length") == 0
    page.open(home(proxy), scripts=False)
    assert any("<img/src=x" in text for text in page.texts(".tables td")) and page.evaluate("document.images.length") == 0


def test_tunnels_of_a_forward_proxy_are_told(start, page, proxy, authority):
    forward = start(forward={"allow": ["127.0.0.0/8:*"]})
    assert curl("--proxy", forward.url(), "--cacert", authority.ca_file, proxy.url("/through", "https")).status == 0
    opened(page, forward)
    eventually(lambda: f"localhost:{proxy.https}" in (page.text("#tunnels") or ""), "the tunnel's row")
    [one] = api(forward, "handshakes?phase=connect_tunnel&side=client")["handshakes"]
    assert shown_time(one["exchanges"]["first"]["phases"]["tunnel"]["tls"]) in page.text("#tunnels")


def test_fast_open_without_the_kernels_consent_is_a_banner_with_its_cure(start, page, origin):
    proxy = start(origin, listener={"fast_open": 16})
    notices = api(proxy, "status")["notices"]
    page.open(home(proxy))
    eventually(lambda: page.text("#state") == "serving")
    with open("/proc/sys/net/ipv4/tcp_fastopen") as setting:
        is_allowed = int(setting.read()) & 2
    if is_allowed:
        assert notices == [] and page.texts(".notice") == []
    else:
        assert [notice["topic"] for notice in notices] == ["fast_open"]
        assert page.texts(".notice code") == ["sysctl -w net.ipv4.tcp_fastopen=3"] and "has no effect" in page.text(".notice")


def tab_to(page, selector):
    """By the keyboard alone; False: no number of steps leads there."""
    for _ in range(100):
        page.press("Tab")
        if page.evaluate(f"document.activeElement.matches({json.dumps(selector)})"):
            return True
    return False


def notices_about(proxy, topic):
    return [notice for notice in api(proxy, "status")["notices"] if notice["topic"] == topic]


def test_a_certificate_that_ends_soon_is_a_banner_that_goes_when_its_cure_was_taken(start, page, origin, authority):
    soon, later = authority.issue("soon", "localhost", days=13), authority.issue("later", "localhost", days=16)
    proxy = start(origin, tls={"certificates": ["web"]}, certificates={"web": soon})
    page.open(home(proxy))
    eventually(lambda: page.texts(".notice"), "the banner")
    [text] = page.texts(".notice p")
    assert text == notices_about(proxy, "certificate")[0]["text"]
    assert "CN=localhost of listener https expires on " in text and f"Renew {soon.cert}" in text
    # Scripts or none.
    page.open(home(proxy), scripts=False)
    assert str(soon.cert) in page.text("noscript .notice, .notice")
    page.open(home(proxy))
    eventually(lambda: page.texts(".notice"), "the banner again")
    os.replace(later.key, soon.key)
    os.replace(later.cert, soon.cert)
    eventually(lambda: page.texts(".notice") == [], "the banner goes by itself")
    assert notices_about(proxy, "certificate") == []


def test_a_reload_that_failed_is_a_banner_whose_cure_is_copied_by_the_keyboard_and_works(start, page, origin):
    proxy = start(origin)
    page.open(home(proxy))
    eventually(lambda: page.text("#state") == "serving")
    good = proxy.config.read_text()
    proxy.config.write_text(good.replace("[[route]]", "[[rout]]"))
    assert run_binary("reload", "--admin", f"127.0.0.1:{proxy.admin.port}").returncode == 1
    eventually(lambda: page.texts(".notice"), "the banner")
    [text], [cure] = page.texts(".notice p"), page.texts(".notice code")
    assert text == "The last reload failed, and the configuration before it still runs"
    assert cure == f"gladhand reload --admin 127.0.0.1:{proxy.admin.port}"
    assert page.evaluate("document.querySelector('.notice').getAttribute('role')") == "alert"
    assert tab_to(page, ".notice .copy")
    page.press("Enter")
    eventually(lambda: page.text(".notice .copy") in ("Copied", "Chosen"), "the button says that it was pressed")
    if page.text(".notice .copy") == "Chosen":
        assert page.evaluate("getSelection().toString()") == cure
    # The file is mended, and the cure taken at its word.
    proxy.config.write_text(good)
    assert run_binary(*cure.split()[1:]).returncode == 0
    eventually(lambda: page.texts(".notice") == [], "the banner goes by itself")


def test_every_button_works_by_the_keyboard(page, proxy):
    opened(page, proxy)
    assert tab_to(page, "#pause")
    page.press(" ")
    assert page.text("#pause") == "Go on"
    page.press("Enter")
    assert page.text("#pause") == "Pause"
    assert tab_to(page, ".row")
    page.press("Enter")
    eventually(lambda: page.evaluate("document.getElementById('detail').open") and page.text("#detail .copy"), "the dialog")
    # Of those in the dialog nothing leads to what is behind it.
    assert tab_to(page, "#detail .copy")
    page.press(" ")
    eventually(lambda: page.evaluate("document.activeElement.textContent") in ("Copied", "Chosen"), "what was copied")
    assert not tab_to(page, "#pause")
    assert tab_to(page, "#detail .close")
    page.press("Enter")
    eventually(lambda: not page.evaluate("document.getElementById('detail').open"), "the dialog is closed")
    assert page.evaluate("document.activeElement.matches('.row')"), "back where it was opened from"


def test_a_drain_is_told_at_once(start, page, scripted_origin):
    proxy = start(scripted_origin, server={"shutdown_delay": "20s"})
    page.open(home(proxy))
    eventually(lambda: page.text("#state") == "serving")
    proxy.signal(15)
    eventually(lambda: page.text("#state") == "draining", "the header says so")
    proxy.signal(15)
    assert proxy.wait() in (0, 4)


def test_a_page_that_lost_its_server_says_so(start, page, origin):
    proxy = start(origin)
    page.open(home(proxy))
    eventually(lambda: page.text("#state") == "serving")
    proxy.stop()
    eventually(lambda: page.text("#state") == "no answer")


@pytest.mark.parametrize("path, status", [("/api/v1/summary?limit=0", 400), ("/api/v1/summary?colour=red", 400), ("/api/v1/status?x=1", 400),
                                          ("/api/v1/nothing", 404), ("/assets/none.js", 404), ("/assets/../page.html", 404), ("/assets/page.html", 404)])
def test_what_is_not_there_is_answered_so(proxy, path, status):
    assert proxy.admin.get(path)[0] == status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/api/v1/status", "/api/v1/handshakes"])
def test_looking_is_by_GET_alone(proxy, method, path):
    connection = http.client.HTTPConnection("127.0.0.1", proxy.admin.port, timeout=PATIENCE)
    connection.request(method, path)
    assert connection.getresponse().status == 405
    connection.close()


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", ""])
def test_names_that_are_not_its_own_are_refused_the_page_and_the_API(proxy, host):
    for path in ("/", "/api/v1/status", "/api/v1/handshakes/events", "/assets/main.js"):
        connection = http.client.HTTPConnection("127.0.0.1", proxy.admin.port, timeout=PATIENCE)
        connection.request("GET", path, headers={"Host": host})
        assert connection.getresponse().status in (400, 403), (host, path)
        connection.close()


def test_what_is_too_large_is_refused(proxy):
    for head in (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", proxy.admin.port), timeout=PATIENCE) as wire:
            wire.sendall(head)
            assert re.match(rb"HTTP/1.1 (431|413) ", wire.recv(65536))
