"""Requests that try to be read in two ways, or in none, and what must become of each.

A row says what may be answered (`answer`: the statuses of the final responses, in order, each one of a few) and what may
reach the origin. Texts stand for the bytes of the same code points.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    id: str
    send: str
    answers: tuple           # one set of statuses for each final response; the connection is closed behind the last
    reaches: int = 0         # heads that may be seen by the origin, at most
    completes: int = 0       # requests that the origin may believe to be whole, at most
    never: str = ""          # what no byte string seen by the origin contains, whatever the case
    always: str = ""         # what the head that the origin sees must contain, whatever the case
    body: str = None         # the body of the first whole request at the origin
    half_closes: bool = False
    may_be_silent: bool = False  # a close without an answer is as good


def _statuses(text):
    return frozenset(map(int, text.split("|")))


def refused(id, send, status="400"):
    """Answered here once, and nothing of it is forwarded."""
    return Row(id, send, (_statuses(status),))


def broken(id, send, status="400", **more):
    """The head is fine and may have gone out; the body is not, and must never look whole."""
    return Row(id, send, (_statuses(status),), reaches=1, **more)


def served(id, send, status="200", **more):
    """One ordinary request."""
    return Row(id, send, (_statuses(status),), reaches=1, completes=1, **more)


def head(line, *fields):
    return "".join(f"{text}\r\n" for text in (line, *fields, ""))


def get(*fields, target="/", host="a.test"):
    return head(f"GET {target} HTTP/1.1", f"Host: {host}", *fields)


def post(*fields, body=""):
    return head("POST / HTTP/1.1", "Host: a.test", *fields) + body


def chunks(body, *fields):
    return post(*fields, "Transfer-Encoding: chunked", body=body)


SMUGGLED = get(target="/smuggled")
HELLO = "5\r\nhello\r\n"
LAST = "0\r\n\r\n"

TWO_FRAMINGS = [
    refused("length-before-coding", post("Content-Length: 6", "Transfer-Encoding: chunked", body=LAST + "X")),
    refused("coding-before-length", post("Transfer-Encoding: chunked", "Content-Length: 4",
                                         body="5c\r\nGET /smuggled HTTP/1.1\r\nHost: ")),
    refused("length-and-coding-with-a-request-behind", post("Content-Length: 45", "Transfer-Encoding: chunked", body=LAST + SMUGGLED)),
    refused("length-zero-and-coding", post("Content-Length: 0", "Transfer-Encoding: chunked", body=HELLO + LAST)),
    refused("get-with-length-and-coding", get("Content-Length: 5", "Transfer-Encoding: chunked") + LAST),
    refused("two-lengths-that-differ", post("Content-Length: 5", "Content-Length: 6", body="hello!")),
    refused("two-lengths-that-agree", post("Content-Length: 5", "Content-Length: 5", body="hello")),
    refused("list-of-equal-lengths", post("Content-Length: 5, 5", body="hello")),
    refused("list-of-different-lengths", post("Content-Length: 5, 6", body="hello!")),
]

# Content-Length is 1*DIGIT below 2^63 and nothing else.
LENGTHS = [refused(f"length-{name}", post(f"Content-Length: {value}", body="hello00000")) for name, value in {
    "with-plus": "+5", "negative-zero": "-0", "negative": "-5", "hexadecimal": "0x5", "with-suffix": "5x", "with-point": "5.0",
    "with-exponent": "1e1", "with-comma": "5,", "after-comma": ",5", "in-quotes": '"5"', "of-forty-digits": "1" * 40,
    "of-2-to-63": str(2 ** 63), "of-2-to-64-plus-5": str(2 ** 64 + 5), "after-no-break-space": "\xa05", "empty": "",
    "of-two-words": "5 5", "with-inner-tab": "5\t0", "with-underscore": "1_0", "in-other-digits": "\xb2", "followed-by-semicolon": "5;a=b",
}.items()] + [
    served("length-with-leading-zeros", post("Content-Length: 0005", body="hello"), "200|400", never="0005"),
    served("length-with-spaces-around", post("Content-Length:  5  ", body="hello"), body="hello"),
    served("length-with-tabs-around", post("Content-Length: \t5\t", body="hello"), "200|400", body="hello"),
    served("name-that-only-resembles-a-coding", post("Transfer_Encoding: chunked", "Content-Length: 5", body="hello"),
           never="transfer_encoding", body="hello"),
]

# Transfer-Encoding is one "chunked", once.
CODINGS = [refused(f"coding-{name}", post(f"Transfer-Encoding: {value}", body=LAST), "400|501") for name, value in {
    "identity": "identity", "chunk": "chunk", "cow": "cow", "gzip": "gzip", "chunked-twice": "chunked, chunked",
    "in-quotes": '"chunked"', "with-nul": "chunked\0", "after-no-break-space": "\xa0chunked", "with-inner-space": "chu nked",
    "gzip-then-chunked": "gzip, chunked", "chunked-then-gzip": "chunked, gzip", "with-parameter": "chunked;q=1", "empty": "",
    "with-comma": "chunked,", "after-comma": ",chunked", "x-chunked": "xchunked", "after-vertical-tab": "\vchunked",
    "before-delete": "chunked\x7f", "chunked-and-identity": "identity, chunked",
}.items()] + [
    refused("two-coding-lines", post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body=LAST), "400|501"),
    refused("two-coding-lines-that-differ", post("Transfer-Encoding: chunked", "Transfer-Encoding: identity", body=LAST), "400|501"),
    refused("two-coding-lines-the-last-chunked", post("Transfer-Encoding: identity", "Transfer-Encoding: chunked", body=LAST), "400|501"),
    refused("coding-with-space-before-colon", post("Transfer-Encoding : chunked", body=LAST)),
    refused("coding-with-tab-before-colon", post("Transfer-Encoding\t: chunked", body=LAST)),
    refused("coding-with-name-cut-in-two", post("Transfer-", "Encoding: chunked", "Content-Length: 5", body=LAST)),
    refused("coding-with-folded-value", post("Transfer-Encoding:", " chunked", body=LAST)),
    refused("coding-in-http-1-0", head("POST / HTTP/1.0", "Host: a.test", "Transfer-Encoding: chunked") + LAST, "400|501"),
    served("coding-in-capitals", post("TRANSFER-ENCODING: CHUNKED", body=HELLO + LAST), body="hello"),
    served("length-on-get-covers-a-request", get("Content-Length: 40") + SMUGGLED[:40], "200|400"),
    served("coding-on-options-covers-a-request",
           head("OPTIONS / HTTP/1.1", "Host: a.test", "Transfer-Encoding: chunked", "Connection: close")
           + f"{len(SMUGGLED):x}\r\n{SMUGGLED}\r\n" + LAST, "200|204|400|405|501"),
]

# Grammar of chunks. The head is fine, so it may have been forwarded; a whole request must not.
CHUNKS = [broken(f"chunk-{name}", chunks(body)) for name, body in {
    "size-with-0x": "0x5\r\nhello\r\n" + LAST, "size-with-plus": "+5\r\nhello\r\n" + LAST, "size-negative": "-5\r\nhello\r\n" + LAST,
    "size-no-hex": "G\r\nhello\r\n" + LAST, "size-with-tail": "5abcxyz\r\nhello\r\n" + LAST, "size-empty": "\r\nhello\r\n" + LAST,
    "size-past-2-to-64": "10000000000000005\r\nhello\r\n" + LAST, "size-of-2-to-63": "8000000000000000\r\nhello\r\n" + LAST,
    "size-of-many-zeros-and-5": "0" * 20 + "5\r\nhello\r\n" + LAST, "size-after-space": " 5\r\nhello\r\n" + LAST,
    "size-ends-with-bare-lf": "5\nhello\r\n" + LAST, "last-ends-with-bare-lf": HELLO + "0\n\r\n", "size-ends-with-bare-cr": "5\rhello\r\n" + LAST,
    "data-ends-with-bare-lf": "5\r\nhello\n" + LAST, "data-ends-with-bare-cr": "5\r\nhello\r" + LAST, "trailer-ends-with-bare-lf": HELLO + "0\r\n\n",
    "with-cr-cr-in-size-line": "2\r\r;zz\r\nab\r\n" + LAST + SMUGGLED, "extension-with-cr": "5;a\rb\r\nhello\r\n" + LAST,
    "extension-with-lf": "5;a\nb\r\nhello\r\n" + LAST, "extension-with-nul": "5;\0a\r\nhello\r\n" + LAST,
    "last-followed-by-garbage": "0\r\nQQ\r\n" + SMUGGLED, "shorter-than-its-data": "3\r\nhello\r\n" + LAST,
    "longer-than-its-data": "7\r\nhello\r\n" + LAST, "trailer-without-colon": HELLO + "0\r\nnocolon\r\n\r\n",
    "trailer-with-space-in-name": HELLO + "0\r\nX T: v\r\n\r\n", "trailer-with-nul": HELLO + "0\r\nX-T: a\0b\r\n\r\n",
    "trailer-field-ends-with-bare-lf": HELLO + "0\r\nX: y\n\r\n",
    "trailer-folded": HELLO + "0\r\nX-T: a\r\n b\r\n\r\n", "size-followed-by-space": "5 \r\nhello\r\n" + LAST,
}.items()] + [
    broken("chunk-extension-of-64-kib", chunks("5;" + "a" * 65536 + "\r\nhello\r\n" + LAST), "400|413|431"),
    broken("chunks-that-are-mostly-extension", chunks(("1;" + "a" * 61 + "\r\nx\r\n") * 2000 + LAST), "400|413"),
    broken("chunk-trailers-past-the-limits", chunks(HELLO + "0\r\n" + "X-T: v\r\n" * 10_000 + "\r\n"), "400|413|431"),
    broken("chunk-cut-short", chunks("5\r\nhel"), "400|408", half_closes=True, may_be_silent=True),
    broken("length-cut-short", post("Content-Length: 10", body="hel"), "400|408", half_closes=True, may_be_silent=True),
    broken("body-that-never-ends", post("Content-Length: 100", body="abc"), "400|408"),
    broken("chunks-that-never-end", chunks(HELLO), "400|408"),
    served("chunk-extension", chunks("5;a=b\r\nhello\r\n" + LAST), never="a=b", body="hello"),
    served("chunk-extensions-one-in-quotes", chunks('5;a=b;c="d"\r\nhello\r\n' + LAST), never="a=b", body="hello"),
    served("chunk-sizes-in-both-cases", chunks("A\r\n0123456789\r\na\r\n0123456789\r\n" + LAST), body="01234567890123456789"),
    served("chunk-size-with-leading-zeros", chunks("005\r\nhello\r\n" + LAST), "200|400"),
    served("trailer-that-is-harmless", chunks(HELLO + "0\r\nX-T: v\r\n\r\n", "TE: trailers", "Trailer: X-T"), body="hello"),
    served("trailer-that-frames", chunks(HELLO + "0\r\nContent-Length: 40\r\n\r\n"), "200|400", never="content-length"),
    served("trailer-that-codes", chunks(HELLO + "0\r\nTransfer-Encoding: gzip\r\n\r\n"), "200|400", never="gzip"),
    served("trailer-that-routes", chunks(HELLO + "0\r\nHost: evil.test\r\n\r\n"), "200|400", never="evil.test"),
    served("trailer-that-authorises", chunks(HELLO + "0\r\nAuthorization: Basic eDp5\r\n\r\n"), "200|400", never="basic edp5"),
    served("trailer-that-claims-an-identity", chunks(HELLO + "0\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n"), "200|400", never="6.6.6.6"),
]

LINE_ENDS = [
    refused("bare-lf-behind-the-request-line", "GET / HTTP/1.1\nHost: a.test\r\n\r\n"),
    refused("bare-lf-behind-a-field", "GET / HTTP/1.1\r\nHost: a.test\nX-A: b\r\n\r\n"),
    refused("bare-lf-everywhere", "GET / HTTP/1.1\nHost: a.test\n\n"),
    refused("bare-lf-at-the-end-of-the-head", "GET / HTTP/1.1\r\nHost: a.test\r\n\n"),
    refused("bare-lf-hides-a-field", post("X-A: b\nTransfer-Encoding: chunked", "Content-Length: 5", body=LAST)),
    refused("bare-cr-hides-a-field", post("X-A: b\rTransfer-Encoding: chunked", "Content-Length: 5", body=LAST)),
    refused("cr-cr-lf-behind-a-field", get("X-A: b\r")),
    refused("cr-and-a-letter-instead-of-the-end", "GET / HTTP/1.1\r\nHost: a.test\r\n\rY" + SMUGGLED.replace("/smuggled", "/smuggled:")),
    refused("bare-cr-between-fields", "GET / HTTP/1.1\rHost: a.test\r\n\r\n"),
    refused("thousands-of-empty-lines", "\r\n" * 5000 + get()),
    served("one-empty-line-before-the-request", "\r\n" + get()),
]

FIELDS = [refused(f"value-with-{name}", get(f"X-A: b{value}c")) for name, value in {
    "control-1": "\x01", "bell": "\x07", "escape-sequence": "\x1b[31m", "nul": "\0", "delete": "\x7f", "vertical-tab": "\v",
    "form-feed": "\f", "bare-cr": "\r", "bare-lf": "\n",
}.items()] + [refused(f"name-with-{name}", get(f"{value}: b")) for name, value in {
    "space": "X A", "nul": "X\0A", "brackets": "X[]", "latin-1": "X\xe9", "at": "X@A", "quote": 'X"A', "control": "X\x01",
    "slash": "X/A", "parenthesis": "X(A)", "comma": "X,A", "semicolon": "X;A", "equals": "X=A", "brace": "X{A}", "delete": "X\x7f",
    "space-behind": "X-A ", "tab-behind": "X-A\t",
}.items()] + [
    refused("name-empty", get(": b")),
    refused("line-without-colon", get("nocolon")),
    refused("space-before-the-first-field", "GET / HTTP/1.1\r\n X-A: b\r\nHost: a.test\r\n\r\n"),
    refused("folded-value", get("X-A: b", " c")),
    refused("folded-value-with-tab", get("X-A: b", "\tc")),
    served("value-with-latin-1", get("X-A: caf\xe9"), always="x-a: caf\xe9"),
    served("value-with-tab-inside", get("X-A: b\tc"), always="x-a: b\tc"),
    served("value-empty", get("X-A:")),
]

REQUEST_LINES = [refused(f"version-{name}", head(line, "Host: a.test"), "400|505") for name, line in {
    "missing": "GET / ", "0.9": "GET / HTTP/0.9", "2.0": "GET / HTTP/2.0", "3.0": "GET / HTTP/3.0", "in-lower-case": "GET / http/1.1",
    "with-leading-zero": "GET / HTTP/01.1", "with-space-inside": "GET / HTTP/ 1.1", "past-2-to-32": "GET / HTTP/4294967297.1",
    "with-space-behind": "GET / HTTP/1.1 ", "with-cr-inside": "GET / HTTP/\r1.1", "with-long-minor": "GET / HTTP/1.10",
    "without-dot": "GET / HTTP/11", "without-number": "GET / HTTP/", "of-another-protocol": "GET / HTTPS/1.1", "with-minus": "GET / HTTP/1.-1",
}.items()] + [
    refused("version-missing-without-fields", "GET /\r\n\r\n", "400|505"),
    served("version-1.2", head("GET / HTTP/1.2", "Host: a.test"), "200|400|505"),
    refused("line-with-tabs", "GET\t/\tHTTP/1.1\r\nHost: a.test\r\n\r\n"),
    refused("line-with-bare-lf-inside", "GET /\nHTTP/1.1\r\nHost: a.test\r\n\r\n"),
    refused("line-with-two-spaces", "GET  / HTTP/1.1\r\nHost: a.test\r\n\r\n"),
    refused("line-with-vertical-tab", "GET\v/ HTTP/1.1\r\nHost: a.test\r\n\r\n"),
    refused("line-with-space-before", " GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"),
    refused("method-empty", " / HTTP/1.1\r\nHost: a.test\r\n\r\n"),
    refused("method-with-control", "G\x01T / HTTP/1.1\r\nHost: a.test\r\n\r\n"),
    refused("method-no-token", 'G="x" / HTTP/1.1\r\nHost: a.test\r\n\r\n', "400|405|501"),
    refused("method-with-colon", "GET: / HTTP/1.1\r\nHost: a.test\r\n\r\n", "400|405|501"),
    served("method-in-lower-case", "get / HTTP/1.1\r\nHost: a.test\r\n\r\n", "200|400|405|501"),
    refused("method-trace", "TRACE / HTTP/1.1\r\nHost: a.test\r\nCookie: s=1\r\n\r\n", "405"),
    refused("method-connect", "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n", "405"),
    refused("method-of-64-kib", "A" * 65536 + " / HTTP/1.1\r\nHost: a.test\r\n\r\n", "400|414|431|501"),
]

TARGETS = [refused(f"target-{name}", get(target=target)) for name, target in {
    "without-slash": "foo", "with-fragment": "/a#b", "with-space": "/a b", "with-nul": "/a\0b", "star-for-get": "*",
    "with-userinfo-only": "@evil.test/", "with-bad-escape": "/%zz", "with-cut-escape": "/a%4", "with-escaped-nul": "/a%00b",
    "with-control": "/a\x01b", "with-delete": "/a\x7fb", "out-of-the-root": "/../etc/passwd", "with-backslash-dots": "/a/..%5cb",
    "of-another-scheme": "ftp://a.test/",
}.items()] + [
    refused("target-absolute-for-another-host", head("GET http://a.test/ HTTP/1.1", "Host: evil.test")),
    refused("target-absolute-with-userinfo", head("GET http://u:p@a.test/ HTTP/1.1", "Host: a.test")),
    refused("target-absolute-without-host", head("GET http:/// HTTP/1.1", "Host: a.test")),
    refused("target-of-100-kb", get(target="/" + "a" * 100_000), "414"),
    served("target-of-7900-bytes", get(target="/" + "a" * 7900)),
    served("target-with-empty-query", get(target="/?")),
    served("target-with-two-slashes", get(target="//a"), "200|400"),
]

HOSTS = [refused(f"host-{name}", get(host=host)) for name, host in {
    "with-comma": "a.test, b.test", "with-port-of-letters": "a.test:80x", "with-port-too-big": "a.test:99999", "with-port-negative": "a.test:-1",
    "with-open-bracket": "[::1", "with-nul": "a\0.test", "with-control": "a\x01", "with-hash": "a.test#x", "with-escaped-nul": "a%00.test",
    "with-slash": "a.test/x", "with-userinfo": "u@a.test", "with-space-inside": "a test", "with-question-mark": "a.test?x",
    "with-backslash": "a.test\\x", "with-two-ports": "a.test:80:80",
}.items()] + [
    refused("host-missing", "GET / HTTP/1.1\r\n\r\n"),
    refused("host-twice-and-different", get("Host: b.test")),
    refused("host-twice-and-the-same", get("Host: a.test")),
    served("host-missing-in-http-1-0", "GET / HTTP/1.0\r\n\r\n", "200|400|404|421"),
]

SIZES = [
    refused("value-of-100-kb", get("X-A: " + "a" * 100_000), "431"),
    refused("name-of-70-kb", get("a" * 70_000 + ": b"), "431"),
    refused("ten-thousand-fields", get(*["A: b"] * 10_000), "431"),
    refused("cookie-of-64-kib", get("Cookie: " + "a=b; " * 13_000), "431"),
]

EXPECTATIONS = [
    refused("expectation-unknown", get("Expect: banana"), "417"),
    served("expectation-twice", post("Expect: 100-continue", "Expect: 100-continue", "Content-Length: 5", body="hello"), "200|400|417"),
    served("expectation-on-get-with-a-request-as-body", get("Expect: 100-continue", "Content-Length: 40") + SMUGGLED[:40], "200|400|417"),
    served("expectation-met", post("Expect: 100-continue", "Content-Length: 5", body="hello"), body="hello"),
]

_OK = frozenset({200})
PIPELINES = [
    Row("pipeline-with-a-bad-second", get() + "BAD\r\n\r\n", (_OK, _statuses("400")), reaches=1, completes=1),
    Row("pipeline-of-a-hundred", get() * 100, (_OK,) * 100, reaches=100, completes=100),
    Row("pipeline-behind-a-post", post("Content-Length: 5", body="hello") + get(target="/second"), (_OK, _OK), reaches=2, completes=2),
    served("pipeline-behind-a-close", get("Connection: close") + SMUGGLED, never="smuggled"),
    served("pipeline-behind-http-1-0", head("GET / HTTP/1.0", "Host: a.test") + SMUGGLED, never="smuggled"),
]

HOPS = [
    served("connection-names-x-forwarded-for", get("X-Forwarded-For: 6.6.6.6", "Connection: close, X-Forwarded-For"),
           "200|400", always="x-forwarded-for", never="6.6.6.6"),
    served("connection-names-transfer-encoding", chunks(HELLO + LAST, "Connection: Transfer-Encoding"), "200|400", body="hello"),
    served("connection-names-a-secret", get("Connection: X-Secret", "X-Secret: 1", "Keep-Alive: 5", "Proxy-Connection: keep-alive", "TE: gzip"),
           never="x-secret"),
    served("identity-spoofed", get("X-Forwarded-For: 127.9.9.9", "X-Real-IP: 127.9.9.9", "Forwarded: for=127.9.9.9", "X-Forwarded-Proto: https",
                                   "X-Forwarded-Host: admin.test"), never="127.9.9.9"),
    served("host-spoofed", get("X-Forwarded-Host: admin.test"), never="admin.test"),
    served("identity-in-disguise", get("X_Forwarded_For: 127.9.9.9"), "200|400", never="x_forwarded_for"),
    served("upgrade-to-h2c", get("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"), "200|400|403",
           never="h2c"),
    served("upgrade-to-tls", get("Connection: Upgrade", "Upgrade: TLS/1.0"), "200|400|403|426", never="tls/1.0"),
]

OTHER_PROTOCOLS = [
    refused("noise", "\0\x01\x02\x03\xff\xfe\xfd random \x80\x81\r\n\r\n"),
    refused("client-hello-on-a-plain-port", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "\xaa" * 64),
    refused("smtp", "EHLO a.test\r\nMAIL FROM:<a@a.test>\r\n\r\n"),
]

# Without a listener that expects it, a PROXY protocol header is a bad request, well-formed or not: what it claims is
# neither believed nor skipped.
_V1 = "PROXY TCP4 192.0.2.1 127.0.0.1 1234 80"
_V2 = "\r\n\r\n\0\r\nQUIT\n"
PROXY_PROTOCOL = [refused(f"proxy-header-{name}", text + get()) for name, text in {
    "v1": f"{_V1}\r\n", "v1-too-long": "PROXY TCP6 " + "f" * 110 + " \r\n", "v1-with-bare-lf": f"{_V1}\n",
    "v1-with-bad-port": "PROXY TCP4 192.0.2.1 127.0.0.1 70000 80\r\n", "v1-unknown": "PROXY UNKNOWN\r\n",
    "v2": _V2 + "!\x11\0\x0c\6\6\6\6\x7f\0\0\1\4\xd2\0P", "v2-with-bad-version": _V2 + "\x11\x11\0\x0c" + "\0" * 12,
    "v2-with-bad-command": _V2 + "/\x11\0\x0c" + "\0" * 12, "v2-of-64-kib": _V2 + "!\x11\xff\xff" + "A" * 65535, "v2-local": _V2 + " \0\0\0",
}.items()]

ROWS = [*TWO_FRAMINGS, *LENGTHS, *CODINGS, *CHUNKS, *LINE_ENDS, *FIELDS, *REQUEST_LINES, *TARGETS, *HOSTS, *SIZES, *EXPECTATIONS, *PIPELINES,
        *HOPS, *OTHER_PROTOCOLS, *PROXY_PROTOCOL]

# Ways to write a path that one reader takes for something below /admin and another does not. Whoever gets it must agree
# with us on which it is; refusing is always right. None: must be refused.
PATHS = {
    "dots-and-an-escaped-slash": ("/public/..%2fadmin", None),
    "dots-and-an-escaped-backslash": ("/public/..%5cadmin", None),
    "dots-escaped-twice": ("/public/%252e%252e/admin", "public"),
    "dots-escaped-once": ("/public/%2e%2e/admin", "admin"),
    "one-dot": ("/./admin", "admin"),
    "two-dots": ("/public/../admin", "admin"),
    "overlong-dots": ("/public/%c0%ae%c0%ae/admin", None),
    "escaped-crlf": ("/x%0d%0aX-Injected:%201", None),
    "other-case": ("/ADMIN", "public"),
    "dot-behind": ("/admin.", "public"),
    "escaped-tab": ("/%09admin", None),
    "escaped-letter": ("/%61dmin", "admin"),
    "escaped-nul-behind": ("/admin%00", None),
    "slash-behind": ("/admin/", "admin"),
    "question-behind": ("/admin?", "admin"),
}
