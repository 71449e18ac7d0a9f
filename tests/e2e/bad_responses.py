"""Answers of an origin that no proxy may pass on as they are, and what the client must see instead."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    id: str
    send: str
    status: int = 502       # that the client sees
    body: str = None        # that a complete response has
    is_cut: bool = False    # the client must see that the response broke off
    never: str = ""         # what the client must not see
    closes: bool = False    # the origin closes behind its bytes; else it waits for more
    can_reuse: bool = False  # the origin's connection may serve the next request


OK = "HTTP/1.1 200 OK\r\n"
CHUNKED = f"{OK}Transfer-Encoding: chunked\r\n\r\n"

ROWS = [
    Row("two-lengths-that-differ", f"{OK}Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde"),
    Row("two-lengths-that-agree", f"{OK}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
    Row("list-of-lengths", f"{OK}Content-Length: 3, 5\r\n\r\nabcde"),
    Row("length-negative", f"{OK}Content-Length: -1\r\n\r\n"),
    Row("length-with-plus", f"{OK}Content-Length: +3\r\n\r\nabc"),
    Row("length-past-2-to-64", f"{OK}Content-Length: {2 ** 64 + 3}\r\n\r\nabc"),
    Row("length-and-coding", f"{OK}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
    Row("coding-unknown", f"{OK}Transfer-Encoding: foo\r\n\r\nabc", closes=True),
    Row("coding-twice", f"{OK}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    Row("coding-in-http-1-0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
    Row("status-of-two-digits", "HTTP/1.1 20 OK\r\n\r\n"),
    Row("status-of-four-digits", "HTTP/1.1 2000 OK\r\n\r\n"),
    Row("status-with-leading-zero", "HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n"),
    Row("status-in-letters", "HTTP/1.1 OK 200\r\nContent-Length: 0\r\n\r\n"),
    Row("no-http", "\0\x01\x02garbage\r\n\r\n"),
    Row("http-0-9", "<html>hello</html>", closes=True),
    Row("http-2", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
    Row("request-instead-of-a-response", "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"),
    Row("half-a-head", f"{OK}Content-Le", closes=True),
    Row("head-of-70-kb", f"{OK}X: {'a' * 70_000}\r\nContent-Length: 0\r\n\r\n"),
    Row("ten-thousand-fields", OK + "X: a\r\n" * 10_000 + "\r\n"),
    Row("value-with-bare-cr", f"{OK}X-A: b\rSet-Cookie: x=1\r\nContent-Length: 0\r\n\r\n", never="\rSet-Cookie"),
    Row("value-with-bare-lf", f"{OK}X-A: b\nSet-Cookie: x=1\r\nContent-Length: 0\r\n\r\n", never="\nSet-Cookie"),
    Row("value-with-nul", f"{OK}X-A: b\0c\r\nContent-Length: 0\r\n\r\n"),
    Row("name-empty", f"{OK}: x\r\nContent-Length: 0\r\n\r\n"),
    Row("name-with-space", f"{OK}X A: x\r\nContent-Length: 0\r\n\r\n"),
    Row("name-with-space-behind", f"{OK}Content-Length : 3\r\n\r\nabc"),
    Row("line-without-colon", f"{OK}nocolon\r\nContent-Length: 0\r\n\r\n"),
    Row("folded-value", f"{OK}X-A: b\r\n c\r\nContent-Length: 0\r\n\r\n"),
    Row("bare-lf-everywhere", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
    Row("switching-protocols-unasked", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x02hi"),
    Row("flood-of-interim-responses", "HTTP/1.1 100 Continue\r\n\r\n" * 100_000 + f"{OK}Content-Length: 0\r\n\r\n"),

    # The head is out when the body breaks: all that is left is to break off as visibly.
    Row("length-cut-short", f"{OK}Content-Length: 10\r\n\r\nabc", 200, is_cut=True, closes=True),
    Row("chunk-cut-short", f"{CHUNKED}5\r\nabc", 200, is_cut=True, closes=True),
    Row("chunks-without-a-last", f"{CHUNKED}3\r\nabc\r\n", 200, is_cut=True, closes=True),
    Row("chunk-size-no-hex", f"{CHUNKED}Z\r\nabc\r\n0\r\n\r\n", 200, is_cut=True),
    Row("chunk-longer-than-its-data", f"{CHUNKED}7\r\nabc\r\n0\r\n\r\n", 200, is_cut=True),
    Row("chunk-size-ends-with-bare-lf", f"{CHUNKED}3\nabc\r\n0\r\n\r\n", 200, is_cut=True),

    # Bytes behind a response are nobody's.
    Row("second-response-behind-a-length", f"{OK}Content-Length: 3\r\n\r\nabc{OK}Content-Length: 6\r\n\r\npoison", 200, "abc", never="poison"),
    Row("second-response-behind-the-last-chunk", f"{CHUNKED}3\r\nabc\r\n0\r\n\r\n{OK}Content-Length: 6\r\n\r\npoison", 200, "abc", never="poison"),
    Row("empty-line-behind-a-length", f"{OK}Content-Length: 3\r\n\r\nabc\r\n", 200, "abc"),
    Row("body-behind-204", "HTTP/1.1 204 No Content\r\n\r\nhello", 204, never="hello"),
    Row("body-behind-304", "HTTP/1.1 304 Not Modified\r\n\r\nhello", 304, never="hello"),

    # And what is unusual, but fine.
    Row("hint-before-the-answer", f"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n{OK}Content-Length: 2\r\n\r\nok", 200, "ok", can_reuse=True),
    Row("no-reason", "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", 200, "ok", can_reuse=True),
    Row("coding-in-304", 'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\nETag: "1"\r\n\r\n', 304, can_reuse=True),
    Row("body-until-the-end", f"{OK}\r\nuntil the end", 200, "until the end", closes=True),
]
