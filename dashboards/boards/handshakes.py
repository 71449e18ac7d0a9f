"""Where the time of each new connection goes, what fails, and why."""

from .panels import PER_SECOND, Query, board as made_board, heatmap, lines, stat, table
from .phases import assert_complete, explained
from .selectors import (
    AT_LISTENER, AT_UPSTREAM, CLIENT_SECONDS, FAILED, FAILED_AFTER_A_WORD, LISTENER, LISTENER_VARIABLE, PROCESS, PROCESS_VARIABLES,
    QUANTILE_VARIABLE, TUNNEL_SECONDS, UPSTREAM, UPSTREAM_SECONDS, UPSTREAM_VARIABLE, also, increase, of_both_sides, per, phases_of, quantile,
    rate, ratio, share, three)

# What one set of curves shows together. Every phase is in one of them; `assert_complete` sees to it.
CLIENT = {
    "reaching us": ["tcp", "accept_wait", "proxy_protocol", "client_hello_wait"],
    "TLS": ["tls", "tls_server_flight", "tls_client_flight", "tls_retry", "tls_compute"],
    "the first words": ["h2_preface", "h2_settings", "first_request"],
    "upgrades": ["websocket_upgrade", "connect_tunnel"],
    "the end": ["h2_drain", "close"],
}
UPSTREAMS = {
    "a connection": ["pool_wait", "dns", "tcp"],
    "TLS": ["tls", "tls_server_reply", "tls_verify", "tls_compute"],
    "the first words": ["h2_settings", "websocket_upgrade", "first_byte"],
    "the end": ["h2_drain", "close"],
}
TUNNEL = {"inside a tunnel": ["dns", "tcp", "tls"]}

CHOSEN = "${quantile:text}"


def phase_curves(side, metric, selector, title, names, **options):
    return lines(f"{side.capitalize()}: {title} ({CHOSEN})", "s", phases_of(metric, selector, names), description=explained(side, *names), **options)


def phase_table(side, metric, selector, groups, **options):
    names = [name for group in groups.values() for name in group]
    return table(f"{side.capitalize()}: every phase", {"phase": "phase"}, [
        *((f"p{q}", "s", quantile(q / 100, metric, selector, "phase", "$__range")) for q in (50, 95, 99)),
        ("samples", "short", f"{per('phase', increase(f'{metric}_count', selector))} > 0"),
    ], f"Over the whole range shown; a phase that did not happen has no row.\n\n{explained(side, *names)}", sort_by="p95", **options)


def head():
    return [
        stat("New connections", PER_SECOND, per("", rate("gladhand_handshake_attempts_total", AT_LISTENER)),
             "Connections that clients began, each second."),
        stat("Failed handshakes", "percentunit", share(rate("gladhand_handshakes_total", f"{AT_LISTENER},{FAILED_AFTER_A_WORD}"),
                                                          rate("gladhand_handshake_attempts_total", AT_LISTENER)),
             "The share of clients' connections whose handshake failed after at least one byte. Those that came, said nothing and left are not "
             "counted: browsers open connections that they may need.", thresholds=[(0.01, "yellow"), (0.05, "red")], decimals=1),
        stat("TLS, p95", "s", quantile(0.95, CLIENT_SECONDS, also(LISTENER, phase="tls")),
             "Nineteen of twenty clients are through TLS in this time, from the first byte of the ClientHello on.",
             thresholds=[(0.25, "yellow"), (1, "red")]),
        stat("Of TLS, our CPU", "percentunit",
             ratio(rate(f"{CLIENT_SECONDS}_sum", also(LISTENER, phase="tls_compute")), rate(f"{CLIENT_SECONDS}_sum", also(LISTENER, phase="tls"))),
             "The share of the time of clients' TLS handshakes that we spent computing. The rest is the network and the clients.",
             thresholds=[(0.25, "yellow"), (0.5, "red")], decimals=0),
        stat("Resumed", "percentunit", share(rate("gladhand_tls_handshakes_total", also(AT_LISTENER, resumed="true")),
                                             rate("gladhand_tls_handshakes_total", AT_LISTENER)),
             "The share of TLS sessions that clients resumed: no certificate, no signature of ours.", decimals=0),
        stat("Accept queue", "percentunit", f"max(gladhand_accept_queue_depth{{{LISTENER}}} / gladhand_accept_queue_limit{{{LISTENER}}})",
             "How full the fullest accept queue is. When it overflows, clients believe that they are connected, and wait.",
             thresholds=[(0.25, "yellow"), (0.75, "red")], decimals=0),
        stat("Failed dials", "percentunit", share(rate("gladhand_handshakes_total", f"{AT_UPSTREAM},{FAILED}"),
                                                              rate("gladhand_handshake_attempts_total", AT_UPSTREAM)),
             "The share of new connections to upstreams that failed, TLS included.", thresholds=[(0.01, "yellow"), (0.05, "red")], decimals=1),
        stat("Upstream wait, p95", "s", quantile(0.95, UPSTREAM_SECONDS, also(UPSTREAM, phase="pool_wait")),
             "How long a request waits for a stream to its upstream; a new connection's handshake is part of it.",
             thresholds=[(0.1, "yellow"), (1, "red")]),
    ]


def failures():
    def rows(value):
        return f"({value(AT_LISTENER)} or {value(AT_UPSTREAM)})"
    labels = "side, name, result, stage"
    failed = rows(lambda where: per(labels, increase("gladhand_handshakes_total", f"{where},{FAILED}")))
    attempts = rows(lambda where: per("side, name", increase("gladhand_handshake_attempts_total", where)))
    return [
        lines("Clients: what became of attempts", PER_SECOND,
              Query(per("", rate("gladhand_handshake_attempts_total", AT_LISTENER)), "attempts"),
              Query(per("", rate("gladhand_handshakes_total", also(AT_LISTENER, result="ok"))), "went well"),
              Query(per("", rate("gladhand_handshakes_total", f"{AT_LISTENER},{FAILED}")), "failed"),
              description="Every attempt ends well or fails. Where the first curve stays above the sum of the others, handshakes pile up.",
              colors={"attempts": "blue", "went well": "green", "failed": "red"}),
        lines("Clients: failures by reason", "percentunit",
              Query(f"{per('result', rate('gladhand_handshakes_total', f'{AT_LISTENER},{FAILED}'))} / on () group_left () "
                    f"sum({rate('gladhand_handshake_attempts_total', AT_LISTENER)})", "{{result}}"),
              description="The share of all attempts that failed so. `client_eof_before_hello` came, said nothing and left.", stacked=True),
        lines("Upstreams: failures by reason", "percentunit",
              Query(f"{per('result', rate('gladhand_handshakes_total', f'{AT_UPSTREAM},{FAILED}'))} / on () group_left () "
                    f"sum({rate('gladhand_handshake_attempts_total', AT_UPSTREAM)})", "{{result}}"),
              description="The share of all new connections to upstreams that failed so.", stacked=True),
        table("Failures by reason and stage", {"side": "side", "name": "listener or upstream", "result": "reason", "stage": "last stage reached"}, [
            ("count", "short", f"{failed} > 0"),
            ("of attempts", "percentunit", f"{failed} / on (side, name) group_left () ({attempts} > 0) > 0"),
        ], "Who failed, why, and how far the handshake had come, over the whole range shown.", w=16, h=8, sort_by="count"),
        lines("Handshakes under way", "short",
              Query(per("name", f"gladhand_handshakes_in_flight{{{AT_LISTENER}}}"), "client {{name}}"),
              Query(per("name", f"gladhand_handshakes_in_flight{{{AT_UPSTREAM}}}"), "upstream {{name}}"),
              description="Connections whose handshake has begun and not ended. A rising floor means peers that never finish."),
    ]


def clients():
    curves = [phase_curves("client", CLIENT_SECONDS, LISTENER, title, names, w=7, h=9) for title, names in CLIENT.items() if title != "the end"]
    return [phase_table("client", CLIENT_SECONDS, LISTENER, CLIENT, w=10, h=18), *curves]


def network_or_cpu():
    def of(phase):
        return also(LISTENER, phase=phase)
    # Of listeners that speak TLS: who comes in the clear has a round trip, and no share in this.
    secured = f" and on (job, instance, listener) {CLIENT_SECONDS}_count{{{of('tls')}}}"
    tls, compute = (mean_per_handshake(phase) for phase in ("tls", "tls_compute"))
    round_trip = ratio(rate(f"{CLIENT_SECONDS}_sum", of("tcp")) + secured, rate(f"{CLIENT_SECONDS}_count", of("tcp")) + secured)
    return [
        heatmap("TLS handshakes with clients", "s", per("le", f'increase({CLIENT_SECONDS}_bucket{{{of("tls")}}}[$__rate_interval])'),
                "How many took how long, from the first byte of the ClientHello to the end of the handshake. Two bands are often full "
                "handshakes and resumed ones, or clients near and far; a spot at one second is a packet that was lost."),
        lines("The mean TLS handshake: the network or our CPU?", "s",
              Query(compute, "our CPU: inside the TLS library"), Query(round_trip, "the network: one round trip"),
              Query(f"clamp_min(({tls}) - ({compute}) - ({round_trip}), 0)", "the rest: the client's own work, lost packets, repeated hellos"),
              description="Means of all handshakes, which add up as quantiles do not. The round trip is the kernel's, SYN-ACK to ACK, of listeners "
                          "that speak TLS; samples that the kernel cannot vouch for are left out. Of our part the certificate's signature is "
                          "the largest, and a resumed session has none.",
              stacked=True, w=12, h=9, colors={"our CPU: inside the TLS library": "orange", "the network: one round trip": "blue",
                                               "the rest: the client's own work, lost packets, repeated hellos": "purple"}),
        lines("The kernel's round trip beside the waits in TLS (p50)", "s",
              *(Query(quantile(0.5, CLIENT_SECONDS, of(phase)), legend) for phase, legend in (
                  ("tcp", "round trip of TCP, as the kernel measured it"), ("tls_client_flight", "wait for the client's flight"),
                  ("tls", "TLS as a whole"), ("tls_server_flight", "until our flight was sent"), ("tls_compute", "inside the TLS library"))),
              description="`tls_client_flight` contains one round trip: what it is above the kernel's is the client's own slowness. "
                          "`tls_server_flight` is ours: certificate choice, key exchange, signature."),
        lines("TLS, full and resumed (p95)", "s",
              Query(quantile(0.95, CLIENT_SECONDS, of("tls"), "tls_version, resumed"), "TLS {{tls_version}}, resumed: {{resumed}}"),
              description="What a resumed session saves its client, by version."),
        lines("CPU: TLS handshakes and the whole process", "none",
              Query(per("", rate("process_cpu_seconds_total", PROCESS)), "the whole process"),
              Query(per("", rate(f"{CLIENT_SECONDS}_sum", of("tls_compute"))), "inside TLS, for clients"),
              Query(per("", rate(f"{UPSTREAM_SECONDS}_sum", also(UPSTREAM, phase="tls_compute"))), "inside TLS, for upstreams"),
              description="In cores. The time inside TLS is wall time: on a machine that has no CPU to spare it exceeds the CPU's."),
    ]


def mean_per_handshake(phase):
    """Of one that ended well, whether or not it has the phase."""
    return ratio(rate(f"{CLIENT_SECONDS}_sum", also(LISTENER, phase=phase)), rate(f"{CLIENT_SECONDS}_count", also(LISTENER, phase="tls")))


def tls():
    return [
        lines("Sessions, full and resumed", PER_SECOND,
              Query(per("tls_version, resumed", rate("gladhand_tls_handshakes_total", AT_LISTENER)), "TLS {{tls_version}}, resumed: {{resumed}}"),
              description="TLS sessions with clients. When resumptions vanish after a deployment, the replicas do not share their ticket keys.",
              stacked=True),
        table("What was agreed on", {"tls_version": "version", "cipher": "cipher", "group": "group", "alpn": "ALPN", "resumed": "resumed"}, [
            ("clients", "short", f"{per('tls_version, cipher, group, alpn, resumed', increase('gladhand_tls_handshakes_total', AT_LISTENER))} > 0"),
            ("upstreams", "short", f"{per('tls_version, cipher, group, alpn, resumed', increase('gladhand_tls_handshakes_total', AT_UPSTREAM))} > 0"),
        ], "TLS handshakes that ended well, over the whole range shown.", w=16, sort_by="clients"),
        lines("HelloRetryRequests", PER_SECOND,
              Query(per("", rate("gladhand_tls_retries_total", AT_LISTENER)), "of us to clients"),
              Query(per("", rate("gladhand_tls_retries_total", AT_UPSTREAM)), "of upstreams to us"),
              description="TLS handshakes that took another round trip, because the hello had no key share of a group that the server speaks: "
                          "offer that group first.", legend="list", w=5),
        lines("Early data (0-RTT)", PER_SECOND,
              Query(per("outcome", rate("gladhand_tls_early_data_total", AT_LISTENER)), "{{outcome}}"),
              description="Handshakes in which a client sent its request before the handshake was over.", legend="list", w=5,
              optional="a listener has `tls.early_data`, or a client sent some"),
        lines("Alerts", PER_SECOND,
              Query(of_both_sides("side, direction, alert", "gladhand_tls_alerts_total"), "{{side}}: {{alert}}, {{direction}}"),
              description="The last alert of each connection, sent by us or received from the peer. `unknown_ca` and `bad_certificate` received: "
                          "clients do not trust our certificate.", w=9,
              optional="a peer or we sent an alert"),
        lines("Ends without close_notify", PER_SECOND,
              Query(per("", rate("gladhand_tls_truncations_total", AT_LISTENER)), "clients"),
              Query(per("", rate("gladhand_tls_truncations_total", AT_UPSTREAM)), "upstreams"),
              description="TLS connections that the peer ended without saying so. Many programs do; of an upstream it may be a body cut short.",
              legend="list", w=5),
    ]


def tcp():
    return [
        lines("Round trip of the three-way handshake", "s", *three(CLIENT_SECONDS, also(LISTENER, phase="tcp"), "client"),
              description="SYN-ACK to ACK, as the kernel measured it: how far away the clients are."),
        lines("Accept queue: how long", "s", *three(CLIENT_SECONDS, also(LISTENER, phase="accept_wait")),
              description="Established to accepted. The kernel counts in jiffies of 1 to 10 ms."),
        lines("Accept queue: how many, of how many", "short",
              Query(per("listener", f"gladhand_accept_queue_depth{{{LISTENER}}}"), "{{listener}} waiting"),
              Query(per("listener", f"gladhand_accept_queue_limit{{{LISTENER}}}"), "{{listener}} limit"),
              description="Connections that are established and wait for us, and how many may. The limit is the smaller of the listener's backlog "
                          "and net.core.somaxconn, for each worker."),
        lines("Overflows and drops", PER_SECOND,
              Query(per("", rate("gladhand_listen_overflows_total", PROCESS)), "accept queue full"),
              Query(per("", rate("gladhand_listen_drops_total", PROCESS)), "dropped by listening sockets"),
              Query(per("answer", rate("gladhand_syn_queue_full_total", PROCESS)), "SYN queue full: {{answer}}"),
              Query(per("event", rate("gladhand_syn_cookies_total", PROCESS)), "SYN cookies {{event}}"),
              description="Of the whole network namespace, which in a container is the container. Anything but zero here is worth a look.", w=6,
              colors={"accept queue full": "red"}),
        lines("Sent again", PER_SECOND,
              Query(per("", rate("gladhand_tcp_retransmits_total", AT_LISTENER)), "SYN-ACKs to clients"),
              Query(per("", rate("gladhand_tcp_retransmits_total", AT_UPSTREAM)), "SYNs to upstreams"),
              Query(per("", rate("gladhand_tcp_data_retransmits_total", AT_LISTENER)), "segments to clients"),
              Query(per("", rate("gladhand_tcp_data_retransmits_total", AT_UPSTREAM)), "segments to upstreams"),
              description="A SYN or SYN-ACK that is lost costs its client a second. Clients' own SYNs cannot be seen.", w=6),
        lines("Timers that fired", PER_SECOND,
              Query(per("", rate("gladhand_tcp_timeouts_total", PROCESS)), "retransmission timers"),
              Query(per("", rate("gladhand_tcp_syn_retransmits_total", PROCESS)), "SYNs and SYN-ACKs sent again"),
              description="Of the whole network namespace: also what other programs in it send.", w=6),
        lines("Round trips that were withheld", PER_SECOND,
              Query(of_both_sides("side, reason", "gladhand_handshake_samples_degraded_total"), "{{side}}: {{reason}}"),
              description="What the kernel answered but could not have measured is not in any histogram here.", w=6),
    ]


def fast_open():
    configured = "Fast Open is configured, or a client used it"
    tried = 'outcome!~"accepted|no_cookie|empty"'
    return [
        stat("Kernel allows it to clients", "none", f'min(gladhand_tcp_fastopen_enabled{{{PROCESS},side="client"}})',
             "net.ipv4.tcp_fastopen of the network namespace, bit 2. Without it the setting succeeds and does nothing.", w=4, graph="none",
             mappings=YES_OR_NO),
        stat("Kernel allows it to upstreams", "none", f'min(gladhand_tcp_fastopen_enabled{{{PROCESS},side="upstream"}})',
             "net.ipv4.tcp_fastopen of the network namespace, bit 1.", w=4, graph="none", mappings=YES_OR_NO),
        lines("Clients: outcomes", PER_SECOND, Query(per("outcome", rate("gladhand_tcp_fastopen_total", AT_LISTENER)), "{{outcome}}"),
              description="Connections that brought data in their SYN (`accepted`), or a good cookie and no data (`empty`).", w=5, legend="list",
              optional=configured),
        lines("Upstreams: outcomes", PER_SECOND, Query(per("outcome", rate("gladhand_tcp_fastopen_total", AT_UPSTREAM)), "{{outcome}}"),
              description="`no_cookie`: the next dial has one. `not_acknowledged`: the upstream has another key, or has it switched off. "
                          "`syn_retransmitted`: the SYN was lost, or somebody on the way drops such.", w=6, stacked=True, optional=configured),
        lines("Round trips saved", "s",
              Query(ratio(rate("gladhand_tcp_fastopen_saved_seconds_total", AT_UPSTREAM),
                          rate("gladhand_tcp_fastopen_total", also(AT_UPSTREAM, outcome="accepted")) + " > 0"), "by each accepted SYN"),
              description="What data in the SYN did not have to wait for, of each connection to an upstream where it was accepted.", w=5,
              legend="list", optional="an upstream has `fast_open`"),
        stat("Seconds saved, in all", "s", per("", increase("gladhand_tcp_fastopen_saved_seconds_total", AT_UPSTREAM)),
             "By all connections to upstreams, over the whole range shown.", w=4, optional="an upstream has `fast_open`"),
        stat("Of tries, in vain", "percentunit",
             share(rate("gladhand_tcp_fastopen_total", f"{AT_UPSTREAM},{tried}"), rate("gladhand_tcp_fastopen_total", AT_UPSTREAM)),
             "The share of Fast Opens to upstreams that neither were accepted nor fetched a cookie.", w=4, thresholds=[(0.1, "yellow"), (0.5, "red")],
             optional=configured),
        lines("What the kernel counts", PER_SECOND,
              Query(per("event", rate("gladhand_tcp_fastopen_kernel_total", PROCESS)), "{{event}}"),
              description="Of the whole network namespace. `blackhole`: the kernel gave up for a while, because SYNs with data vanished.", w=24, h=6,
              legend="list"),
    ]


YES_OR_NO = [{"type": "value", "options": {"0": {"text": "no", "color": "orange", "index": 0}, "1": {"text": "yes", "color": "green", "index": 1}}}]


def upstreams():
    curves = [phase_curves("upstream", UPSTREAM_SECONDS, UPSTREAM, title, names, w=7) for title, names in UPSTREAMS.items() if title != "the end"]
    return [
        phase_table("upstream", UPSTREAM_SECONDS, UPSTREAM, UPSTREAMS, w=10, h=16), *curves,
        lines("Addresses that were dialled", PER_SECOND,
              Query(per("family, result", rate("gladhand_dial_attempts_total", UPSTREAM)), "{{family}} {{result}}"),
              description="Where a name has several addresses they race, and the first to be connected wins; `lost` is no failure.", w=7),
    ]


def http():
    tunnels = "clients open tunnels through a forward proxy"
    return [
        phase_table("tunnel", TUNNEL_SECONDS, LISTENER, TUNNEL, w=10, optional=tunnels),
        phase_curves("tunnel", TUNNEL_SECONDS, LISTENER, "inside CONNECT", TUNNEL["inside a tunnel"], w=7, optional=tunnels),
        lines("CONNECT", "s", *three(CLIENT_SECONDS, also(LISTENER, phase="connect_tunnel")),
              description=explained("client", "connect_tunnel"), w=7, optional=tunnels),
        lines("WebSocket opening handshakes", "s", *three(CLIENT_SECONDS, also(LISTENER, phase="websocket_upgrade"), "client"),
              Query(quantile(0.95, UPSTREAM_SECONDS, also(UPSTREAM, phase="websocket_upgrade")), "of it the upstream, p95"),
              description="From the client's request to our 101. What an established WebSocket lasts is in no duration.", w=8,
              optional="clients open WebSockets"),
        lines("HTTP/2: SETTINGS acknowledged", "s", *three(CLIENT_SECONDS, also(LISTENER, phase="h2_settings"), "client"),
              Query(quantile(0.95, UPSTREAM_SECONDS, also(UPSTREAM, phase="h2_settings")), "upstream's SETTINGS, p95"),
              description="Our SETTINGS to the client's acknowledgement: one round trip, measured above TLS. Of upstreams: our preface to "
                          "their SETTINGS.",
              w=8, optional="somebody speaks HTTP/2"),
        lines("First request and first byte", "s", *three(CLIENT_SECONDS, also(LISTENER, phase="first_request"), "client asks"),
              Query(quantile(0.95, UPSTREAM_SECONDS, also(UPSTREAM, phase="first_byte")), "upstream answers, p95"),
              description="Connection ready to the first whole request head; and an upstream's time to answer one.", w=8),
    ]


def closes():
    return [
        lines("Clients: who closes, and how", PER_SECOND,
              Query(per("closer, how", rate("gladhand_connection_closes_total", AT_LISTENER)), "{{closer}}, {{how}}"),
              description="Who said first that no more would come: `self` is us. `rst` by peers means aborted connections; `lost` ones "
                          "just fell silent.",
              stacked=True),
        lines("Upstreams: who closes, and how", PER_SECOND,
              Query(per("closer, how", rate("gladhand_connection_closes_total", AT_UPSTREAM)), "{{closer}}, {{how}}"),
              description="An upstream that closes first, and often, costs a handshake each time: see its keep-alive limits.", stacked=True),
        lines("Closed while idle", PER_SECOND,
              Query(per("closer", rate("gladhand_connection_idle_closes_total", AT_LISTENER)), "client, by {{closer}}"),
              Query(per("closer", rate("gladhand_connection_idle_closes_total", AT_UPSTREAM)), "upstream, by {{closer}}"),
              description="Connections that were kept for more requests in vain."),
        phase_curves("client", CLIENT_SECONDS, LISTENER, "the end", CLIENT["the end"], w=8),
        phase_curves("upstream", UPSTREAM_SECONDS, UPSTREAM, "the end", UPSTREAMS["the end"], w=8),
        lines("Open connections", "short",
              Query(per("name", f"gladhand_connections_open{{{AT_LISTENER}}}"), "client {{name}}"),
              Query(per("name", f"gladhand_connections_open{{{AT_UPSTREAM}}}"), "upstream {{name}}"),
              description="Connections whose handshake ended well, and which are not closed."),
    ]


def weeks():
    rules = "dashboards/rules/recording.yaml is loaded"
    by_listener, by_upstream = 'job=~"$job",listener=~"$listener"', 'job=~"$job",upstream=~"$upstream"'
    return [
        lines("Clients: TLS (p95 of five minutes)", "s",
              Query(f'max by (listener) (job_listener_phase:gladhand_client_handshake_seconds:p95_5m{{{by_listener},phase="tls"}})', "{{listener}}"),
              description="Recorded every minute for all instances together, so that a month is read as quickly as an hour.", optional=rules),
        lines("Clients: failing (of five minutes)", "percentunit",
              Query(f'max by (name) (job_side_name:gladhand_handshakes_failed:ratio_5m{{job=~"$job",side="client",name=~"$listener"}})', "{{name}}"),
              description="The share of handshakes that failed, of those who said at least one byte.", optional=rules),
        lines("Upstreams: wait for one (p95 of five minutes)", "s",
              Query(f'max by (upstream) (job_upstream_phase:gladhand_upstream_handshake_seconds:p95_5m{{{by_upstream},phase="pool_wait"}})', "{{upstream}}"),
              description="Asking the pool to having a stream.", optional=rules),
    ]


def board():
    assert_complete({side: [name for names in groups.values() for name in names]
                     for side, groups in (("client", CLIENT), ("upstream", UPSTREAMS), ("tunnel", TUNNEL))})
    return made_board(
        "gladhand-handshakes", "Gladhand / Handshakes", "Where the time of each new connection goes, what fails, and why.",
        [*PROCESS_VARIABLES, LISTENER_VARIABLE, UPSTREAM_VARIABLE, QUANTILE_VARIABLE], head(), {
            "Attempts and failures": failures(),
            "TLS with clients: the network, or our CPU?": network_or_cpu(),
            "The phases of clients' handshakes": clients(),
            "What was agreed on in TLS": tls(),
            "Upstreams": upstreams(),
            "TCP: distance, accept queue, losses": tcp(),
            "TCP Fast Open": fast_open(),
            "HTTP/2, WebSocket, CONNECT and inside its tunnels": http(),
            "Closing": closes(),
            "Over weeks": weeks(),
        })
