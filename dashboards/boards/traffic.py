"""Requests, their answers and how long they took; bytes; and what the process needs for it."""

from .panels import PER_SECOND, Query, board as made_board, heatmap, labels_of, lines, stat, table
from .selectors import (
    AT_LISTENER, LISTENER, LISTENER_VARIABLE, PROCESS, PROCESS_VARIABLES, QUANTILE_VARIABLE, also, increase, per, quantile, rate, ratio, share, three)

ROUTE = f'{LISTENER},route=~"$route"'
DURATION = "gladhand_http_request_duration_seconds"
ROUTE_VARIABLE = labels_of("route", "route", f"gladhand_http_responses_total{{{LISTENER}}}", "Route")
# From best to worst, and their colours on every panel of classes.
CLASSES = {"1xx": "purple", "2xx": "green", "3xx": "blue", "4xx": "orange", "5xx": "red"}


def head():
    return [
        stat("Requests", PER_SECOND, per("", rate("gladhand_http_requests_received_total", LISTENER)),
             "Requests whose head was accepted, or refused with a reply of our own."),
        stat("Answered 5xx", "percentunit",
             share(rate("gladhand_http_responses_total", also(ROUTE, status_class="5xx")), rate("gladhand_http_responses_total", ROUTE)),
             "The share of answers that blame a server: an upstream, or us.", thresholds=[(0.01, "yellow"), (0.05, "red")], decimals=1),
        stat("Duration, p95", "s", quantile(0.95, DURATION, ROUTE), "Request head received to the end of the exchange. Tunnels are left out.",
             thresholds=[(0.5, "yellow"), (2, "red")]),
        stat("Without an answer", "percentunit",
             share(rate("gladhand_http_exchanges_reset_total", LISTENER), rate("gladhand_http_requests_received_total", LISTENER)),
             "The share of requests that ended without a response, most often because the client left.",
             thresholds=[(0.05, "yellow"), (0.2, "red")], decimals=1),
        stat("Bodies sent", "Bps", per("", rate("gladhand_http_response_body_bytes_total", LISTENER)), "Bytes of response bodies, without framing."),
        stat("Connections", "short", per("", f"gladhand_connections_open{{{AT_LISTENER}}}"), "Clients' connections that are open."),
        stat("Uses per handshake", "none",
             ratio(rate("gladhand_http_requests_received_total", LISTENER), rate("gladhand_connections_total", AT_LISTENER)),
             "How often a client's handshake is used. The closer to one, the more of the latency is handshakes.", decimals=1),
        stat("CPU", "none", per("", rate("process_cpu_seconds_total", PROCESS)), "Of all processes, in cores.", decimals=2),
    ]


def requests():
    return [
        lines("Answers by class", PER_SECOND, Query(per("status_class", rate("gladhand_http_responses_total", ROUTE)), "{{status_class}}"),
              description="Requests that were answered, by the class of the final status.", stacked=True, colors=CLASSES),
        lines("Answers by route", PER_SECOND, Query(per("route", rate("gladhand_http_responses_total", ROUTE)), "{{route}}"),
              description="A route is called after the first host and path that it matches; `none` met no route."),
        lines("Requests by listener", PER_SECOND, Query(per("listener", rate("gladhand_http_requests_received_total", LISTENER)), "{{listener}}"),
              description="Requests whose head was accepted, or refused with a reply of our own."),
        table("Routes", {"listener": "listener", "route": "route"}, [
            ("answers", "short", f"{per('listener, route', increase('gladhand_http_responses_total', ROUTE))} > 0"),
            ("5xx", "percentunit", f"{per('listener, route', increase('gladhand_http_responses_total', also(ROUTE, status_class='5xx')))} / "
                                   f"({per('listener, route', increase('gladhand_http_responses_total', ROUTE))} > 0)"),
            *((f"p{q}", "s", quantile(q / 100, DURATION, ROUTE, "listener, route", "$__range")) for q in (50, 95, 99)),
        ], "Over the whole range shown.", w=24, sort_by="answers"),
    ]


def durations():
    return [
        heatmap("Durations", "s", per("le", f"increase({DURATION}_bucket{{{ROUTE}}}[$__rate_interval])"),
                "How many requests took how long: head received to the end of the exchange. Tunnels are left out."),
        lines("Durations", "s", *three(DURATION, ROUTE), description="The same as quantiles.", w=6, h=9, legend="list"),
        lines("Durations by route (${quantile:text})", "s", Query(quantile("$quantile", DURATION, ROUTE, "route"), "{{route}}"),
              description="Head received to the end of the exchange.", w=6, h=9),
    ]


def troubles():
    return [
        lines("Replies of our own, by error", PER_SECOND,
              Query(per("error", rate("gladhand_local_replies_total", LISTENER)), "{{error}}"),
              description="Answers that no upstream gave: what is refused, not routed, or cannot be reached. Their Proxy-Status names the "
                          "same error.",
              stacked=True, optional="Gladhand had to answer by itself"),
        lines("Ends without an answer, by error", PER_SECOND, Query(per("error", rate("gladhand_http_exchanges_reset_total", LISTENER)), "{{error}}"),
              description="Requests that ended without a whole response.", stacked=True, optional="a request ended without a response"),
        lines("Bodies", "Bps",
              Query(per("", rate("gladhand_http_request_body_bytes_total", LISTENER)), "received"),
              Query(per("", rate("gladhand_http_response_body_bytes_total", LISTENER)), "sent"), description="Bytes, without framing."),
    ]


def connections():
    renamed = f'label_replace({rate("gladhand_connections_total", AT_LISTENER)}, "listener", "$1", "name", "(.*)")'
    return [
        lines("Connections open", "short", Query(per("name", f"gladhand_connections_open{{{AT_LISTENER}}}"), "{{name}}"),
              description="Clients' connections whose handshake went well, and which are not closed."),
        lines("New connections", PER_SECOND, Query(per("name", rate("gladhand_connections_total", AT_LISTENER)), "{{name}}"),
              description="Clients' connections whose handshake went well."),
        lines("Requests per new connection", "none",
              Query(f"{per('listener', rate('gladhand_http_requests_received_total', LISTENER))} / ({per('listener', renamed)} > 0)", "{{listener}}"),
              description="How often each handshake is used."),
    ]


def process():
    return [
        lines("CPU", "none", Query(rate("process_cpu_seconds_total", PROCESS), "{{instance}}"),
              Query(f"gladhand_workers{{{PROCESS}}}", "{{instance}}: workers"),
              description="Cores in use, beside the number of workers: a worker can use one core.", w=6),
        lines("Memory", "bytes", Query(f"process_resident_memory_bytes{{{PROCESS}}}", "{{instance}}"), description="Resident memory.", w=6),
        lines("File descriptors", "short", Query(f"process_open_fds{{{PROCESS}}}", "{{instance}} open"),
              Query(f"process_max_fds{{{PROCESS}}}", "{{instance}} limit"),
              description="A connection is one descriptor. At the limit, accepting pauses.", w=6),
        lines("Losses of our own", PER_SECOND,
              Query(per("reason", rate("gladhand_access_log_dropped_total", PROCESS)), "log lines dropped: {{reason}}"),
              Query(per("", rate("gladhand_accept_pauses_total", LISTENER)), "pauses of accepting"),
              description="`full`: whoever takes the access log is too slow. Accepting pauses for want of file descriptors.", w=6),
        lines("Configuration read without an error", "none", Query(f"gladhand_config_last_reload_successful{{{PROCESS}}}", "{{instance}}"),
              description="1 where the latest attempt to read the configuration succeeded; 0: the one before it is still in use.",
              w=12, h=6, legend="list", most=1),
        table("Running", {"instance": "instance", "version": "version"}, [
            ("since", "dateTimeAsIso", f"sum by (instance, version) (gladhand_build_info{{{PROCESS}}} * on (job, instance) group_left () "
                                       f"(process_start_time_seconds{{{PROCESS}}} * 1000))"),
        ], "Every instance with its version and when it was started.", w=12, h=6),
    ]


def board():
    return made_board(
        "gladhand-traffic", "Gladhand / Traffic", "Requests, their answers and how long they took; bytes; and what the process needs for it.",
        [*PROCESS_VARIABLES, LISTENER_VARIABLE, ROUTE_VARIABLE, QUANTILE_VARIABLE], head(), {
            "Requests": requests(),
            "How long they took": durations(),
            "What went wrong, and how much went through": troubles(),
            "Connections": connections(),
            "The process": process(),
        })
