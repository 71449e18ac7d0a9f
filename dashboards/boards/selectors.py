"""What every expression selects by, and the shapes that come back on every board."""

from .panels import Query, choice, labels_of

PROCESS = 'job=~"$job",instance=~"$instance"'
LISTENER = f'{PROCESS},listener=~"$listener"'            # metrics of clients and tunnels
UPSTREAM = f'{PROCESS},upstream=~"$upstream"'
AT_LISTENER = f'{PROCESS},side="client",name=~"$listener"'  # metrics of both sides
AT_UPSTREAM = f'{PROCESS},side="upstream",name=~"$upstream"'

CLIENT_SECONDS, UPSTREAM_SECONDS, TUNNEL_SECONDS = (f"gladhand_{side}_handshake_seconds" for side in ("client", "upstream", "tunnel"))

# An upstream's address that another one outran is no failure.
FAILED = 'result!~"ok|lost_race"'
# Nor is a client that came, said nothing and left: browsers open connections that they may need, balancers look whether we are there.
FAILED_AFTER_A_WORD = 'result!~"ok|lost_race|client_eof_before_hello"'


def also(selector, **labels):
    """The same, and these labels have these values."""
    return ",".join([selector, *(f'{label}="{value}"' for label, value in labels.items())])


def rate(metric, selector, window="$__rate_interval"):
    return f"rate({metric}{{{selector}}}[{window}])"


def increase(metric, selector):
    return f"increase({metric}{{{selector}}}[$__range])"


def per(labels, value):
    """The sum of a value for each combination of these labels."""
    return f"sum by ({labels}) ({value})" if labels else f"sum({value})"


def of_both_sides(labels, metric):
    """The rate for each combination of these labels, of the chosen listeners and upstreams."""
    return f"{per(labels, rate(metric, AT_LISTENER))} or {per(labels, rate(metric, AT_UPSTREAM))}"


def share(part, whole):
    """Of the whole; none of it where there is no part at all."""
    return f"(sum({part}) or vector(0)) / sum({whole})"


def ratio(part, whole):
    return f"sum({part}) / sum({whole})"


def quantile(q, metric, selector, by="", window="$__rate_interval"):
    """Without the series that had no sample: theirs would be NaN."""
    labels = f"{by}, le" if by else "le"
    return f"histogram_quantile({q}, {per(labels, rate(f'{metric}_bucket', selector, window))}) >= 0"


def phases_of(metric, selector, names):
    """The chosen quantile of these phases."""
    return Query(quantile("$quantile", metric, f'{selector},phase=~"{"|".join(names)}"', "phase"), "{{phase}}")


def three(metric, selector, what=""):
    """p50, p95 and p99 of one phase."""
    return [Query(quantile(q / 100, metric, selector), f"{what} p{q}".strip()) for q in (50, 95, 99)]


PROCESS_VARIABLES = [
    labels_of("job", "job", "gladhand_build_info", "Job"),
    labels_of("instance", "instance", 'gladhand_build_info{job=~"$job"}', "Instance"),
]
LISTENER_VARIABLE = labels_of("listener", "name", f'gladhand_handshake_attempts_total{{{PROCESS},side="client"}}', "Listener")
UPSTREAM_VARIABLE = labels_of("upstream", "name", f'gladhand_handshake_attempts_total{{{PROCESS},side="upstream"}}', "Upstream")
QUANTILE_VARIABLE = choice("quantile", "Curves show", {"p50": "0.5", "p95": "0.95", "p99": "0.99"}, "p95")
