"""What is measured: one row per scenario. To add one, add a row."""

from dataclasses import dataclass

from load import H2load, Wrk


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    load: object                       # run(url, seconds) -> Outcome
    path: str = "/1k"
    tls: bool = False
    resumes: bool | None = None        # must every handshake resume, or none? None: few handshakes, either is fine
    reconnects: bool = False           # one client connection per request

    def url(self, port):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{port}{self.path}"


SCENARIOS = (
    Scenario("h1-1k", "1 KB, kept connections", Wrk(64)),
    Scenario("h1-1m", "1 MB, kept connections", Wrk(32), path="/1m"),
    Scenario("churn", "1 KB, a TCP connection per request", Wrk(64, reconnect=True), reconnects=True),
    # Few connections, so that a second of load carries more than 500 requests on each.
    Scenario("tls-1k", "1 KB over TLS, kept connections", Wrk(32), tls=True),
    Scenario("tls-full", "1 KB, a full TLS handshake per request", H2load(200),
             tls=True, resumes=False, reconnects=True),
    Scenario("tls-resumed", "1 KB, a resumed TLS handshake per request", Wrk(64, reconnect=True),
             tls=True, resumes=True, reconnects=True),
)
