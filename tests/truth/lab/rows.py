"""The rows of the cases: which phase lies between which instants of a conversation."""

from dataclasses import replace

from .judge import JIFFY, Row

ACCEPTED = [
    Row("client", "tcp", "syn_ack", "ack"),
    # The kernel counts in jiffies here; nobody makes these connections wait (see test_tcp.py).
    Row("client", "accept_wait", "ack", "ack", grain=JIFFY),
]
WITHHELD = [row for row in ACCEPTED if row.phase != "tcp"]
SHAKEN = [
    Row("client", "client_hello_wait", "ack", "client_hello"),
    Row("client", "tls_server_flight", "client_hello_end", "server_flight_end"),
    Row("client", "tls_client_flight", "server_flight_end", "client_finished_end"),
    Row("client", "tls", "client_hello", "secured"),
    Row("client", "tls_compute", "client_hello_end", "server_flight_end"),
]


def _computed_also(*between):
    return [replace(row, also=between) if row.phase == "tls_compute" else row for row in SHAKEN]


SHAKEN_TWICE = _computed_also(("first_client_hello_end", "retry"))
SHAKEN_1_2 = _computed_also(("client_finished_end", "server_finished_end"))  # the server has the last word
# Behind a PROXY header: what else would count from the connection's beginning counts from the header's end.
PROXIED = [Row("client", "proxy_protocol", "ack", "proxy_header_end")]
SHAKEN_BEHIND = [Row("client", "client_hello_wait", "proxy_header_end", "client_hello"),
                 *(row for row in SHAKEN if row.phase != "client_hello_wait")]
ASKED_BEHIND = [Row("client", "first_request", "proxy_header_end", "plain_request_end")]
RETRIED = [Row("client", "tls_retry", "retry", "client_hello_end")]
ASKED_IN_CLEAR = [Row("client", "first_request", "ack", "plain_request_end")]
ASKED = [Row("client", "first_request", "secured", "request_end")]
CLOSED = [Row("client", "close", "close", "close_end", in_log=False)]

DIALLED = [Row("upstream", "tcp", "syn", "syn_ack")]
GIVEN_PLAIN = [Row("upstream", "pool_wait", "syn", "syn_ack")]
ANSWERED_IN_CLEAR = [Row("upstream", "first_byte", "plain_request_end", "plain_response_end")]
SECURED = [
    Row("upstream", "tls_server_reply", "client_hello", "server_hello_end"),
    Row("upstream", "tls", "client_hello", "secured"),
]
# Between the server's last flight and what we send next, all is computation; the certificate's judgement is a part.
COMPUTED = [Row("upstream", "tls_compute", "server_flight_end", "client_finished")]
COMPUTED_TWICE = [Row("upstream", "tls_compute", "server_flight_end", "client_finished", also=(("retry", "client_hello_end"),))]
VERIFIED = [Row("upstream", "tls_verify", "server_flight_end", "client_finished", is_part=True)]
GIVEN_SECURE = [Row("upstream", "pool_wait", "syn", "secured")]
ANSWERED = [Row("upstream", "first_byte", "request_end", "response_end")]

INSIDE = [Row("tunnel", "tls", "client_hello", "client_finished")]
