"""Upstreams: what they answer, how long they take, and what reaching them costs."""

from .panels import PER_SECOND, Query, board as made_board, heatmap, lines, stat, table
from .selectors import (
    AT_UPSTREAM, FAILED, PROCESS_VARIABLES, QUANTILE_VARIABLE, UPSTREAM, UPSTREAM_SECONDS, UPSTREAM_VARIABLE, also, increase, per, quantile, rate,
    ratio, share)
from .traffic import CLASSES

ASKED = "gladhand_upstream_requests_total"
BAD = f'{UPSTREAM},status_class=~"5xx|none"'


def head():
    return [
        stat("Requests", PER_SECOND, per("", rate(ASKED, UPSTREAM)), "Requests that upstreams were asked to serve."),
        stat("Unanswered or 5xx", "percentunit", share(rate(ASKED, BAD), rate(ASKED, UPSTREAM)),
             "The share of requests that got no usable answer, or one that blames the server.",
             thresholds=[(0.01, "yellow"), (0.05, "red")], decimals=1),
        stat("First byte, p95", "s", quantile(0.95, UPSTREAM_SECONDS, also(UPSTREAM, phase="first_byte")),
             "Request head sent to response head received.", thresholds=[(0.5, "yellow"), (2, "red")]),
        stat("Wait for one, p95", "s", quantile(0.95, UPSTREAM_SECONDS, also(UPSTREAM, phase="pool_wait")),
             "Asking the pool to having a stream, a new connection's handshake included.", thresholds=[(0.1, "yellow"), (1, "red")]),
        stat("Connections", "short", per("", f"gladhand_connections_open{{{AT_UPSTREAM}}}"), "To upstreams, open."),
        stat("Reused", "percentunit", share(rate("gladhand_upstream_connections_reused_total", UPSTREAM), rate(ASKED, UPSTREAM)),
             "The share of requests that went on a connection that had carried others: they waited for no handshake.", decimals=0),
        stat("Retried", "percentunit", share(rate("gladhand_upstream_retries_total", UPSTREAM), rate(ASKED, UPSTREAM)),
             "Further attempts, of all requests.", thresholds=[(0.01, "yellow"), (0.1, "red")], decimals=1),
        stat("Dials that fail", "percentunit",
             share(rate("gladhand_handshakes_total", f"{AT_UPSTREAM},{FAILED}"), rate("gladhand_handshake_attempts_total", AT_UPSTREAM)),
             "The share of new connections that failed, TLS included.", thresholds=[(0.01, "yellow"), (0.05, "red")], decimals=1),
    ]


def answers():
    def first_byte(q):
        return quantile(q, UPSTREAM_SECONDS, also(UPSTREAM, phase="first_byte"), "upstream", "$__range")
    asked = per("upstream", increase(ASKED, UPSTREAM))
    bad = per("upstream", increase(ASKED, BAD))
    return [
        lines("Answers by class", PER_SECOND, Query(per("status_class", rate(ASKED, UPSTREAM)), "{{status_class}}"),
              description="By the class of the upstream's own final status; `none` gave nothing that could be passed on.", stacked=True,
              colors={**CLASSES, "none": "dark-red"}),
        lines("Requests by upstream", PER_SECOND, Query(per("upstream", rate(ASKED, UPSTREAM)), "{{upstream}}"),
              description="Those of a forward proxy are called after its listener: `forward:name`."),
        lines("Unanswered or 5xx, by upstream", "percentunit",
              Query(f"{per('upstream', rate(ASKED, BAD))} / ({per('upstream', rate(ASKED, UPSTREAM))} > 0)", "{{upstream}}"),
              description="The share of its requests that got no usable answer, or one that blames the server."),
        table("Upstreams", {"upstream": "upstream"}, [
            ("requests", "short", f"{asked} > 0"), ("unanswered or 5xx", "percentunit", f"{bad} / ({asked} > 0)"),
            *((f"first byte p{q}", "s", first_byte(q / 100)) for q in (50, 95, 99)),
            ("reused", "percentunit", f"{per('upstream', increase('gladhand_upstream_connections_reused_total', UPSTREAM))} / ({asked} > 0)"),
        ], "Over the whole range shown.", w=24, sort_by="requests"),
    ]


def times():
    def by_upstream(phase):
        return Query(quantile("$quantile", UPSTREAM_SECONDS, also(UPSTREAM, phase=phase), "upstream"), "{{upstream}}")
    return [
        heatmap("First byte", "s", per("le", f"increase({UPSTREAM_SECONDS}_bucket{{{also(UPSTREAM, phase='first_byte')}}}[$__rate_interval])"),
                "How many requests waited how long for the response's head, once they were sent."),
        lines("First byte (${quantile:text})", "s", by_upstream("first_byte"), description="Request head sent to response head received.", w=6, h=9),
        lines("Wait for a stream (${quantile:text})", "s", by_upstream("pool_wait"),
              description="Asking the pool to having a stream, a new connection's handshake included.", w=6, h=9),
    ]


def reaching():
    def by_upstream(phase):
        return Query(quantile("$quantile", UPSTREAM_SECONDS, also(UPSTREAM, phase=phase), "upstream"), "{{upstream}}")
    return [
        lines("TCP (${quantile:text})", "s", by_upstream("tcp"), description="Dialling to connected. A SYN that is lost costs a second."),
        lines("TLS (${quantile:text})", "s", by_upstream("tls"), description="ClientHello sent to the end of the handshake.",
              optional="an upstream is `https://`"),
        lines("Mean use of a connection", "none",
              Query(ratio(rate(ASKED, UPSTREAM), rate("gladhand_connections_total", AT_UPSTREAM)), "requests per new connection"),
              description="How many requests share one handshake.", legend="list"),
        lines("New connections", PER_SECOND, Query(per("name", rate("gladhand_connections_total", AT_UPSTREAM)), "{{name}}"),
              description="Handshakes that ended well."),
        lines("Failures by reason", PER_SECOND,
              Query(per("name, result", rate("gladhand_handshakes_total", f"{AT_UPSTREAM},{FAILED}")), "{{name}}: {{result}}"),
              description="New connections that failed, TLS included.", optional="a connection to an upstream failed"),
        lines("Retries", PER_SECOND, Query(per("upstream", rate("gladhand_upstream_retries_total", UPSTREAM)), "{{upstream}}"),
              description="Attempts after the first."),
        lines("Connections open", "short", Query(per("name", f"gladhand_connections_open{{{AT_UPSTREAM}}}"), "{{name}}"),
              description="In the pools, busy or idle."),
        lines("Closed while idle, by the upstream", PER_SECOND,
              Query(per("name", rate("gladhand_connection_idle_closes_total", also(AT_UPSTREAM, closer="peer"))), "{{name}}"),
              description="Where this is high, `timeouts.pool_idle` is longer than the upstream keeps its connections: requests may meet one "
                          "that is closing.",
              optional="an upstream closed an idle connection"),
        lines("Sent again", PER_SECOND, Query(per("name", rate("gladhand_tcp_retransmits_total", AT_UPSTREAM)), "SYNs to {{name}}"),
              Query(per("name", rate("gladhand_tcp_data_retransmits_total", AT_UPSTREAM)), "segments to {{name}}"),
              description="What the network lost, or was too slow to acknowledge."),
    ]


def board():
    return made_board(
        "gladhand-upstreams", "Gladhand / Upstreams", "What upstreams answer, how long they take, and what reaching them costs.",
        [*PROCESS_VARIABLES, UPSTREAM_VARIABLE, QUANTILE_VARIABLE], head(), {
            "What they answer": answers(),
            "How long they take": times(),
            "Reaching them": reaching(),
        })
