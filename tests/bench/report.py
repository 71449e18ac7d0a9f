"""Figures out of rounds, and the page they are printed on."""

from dataclasses import asdict, dataclass, field
from math import exp, inf, log, sqrt
from statistics import mean, median, stdev


@dataclass(frozen=True)
class Sample:
    """One round of one proxy."""

    cpu_us: float  # per request
    requests_per_second: float
    pss_bytes: int  # when the load is over
    errors: str


@dataclass(frozen=True)
class Verdict:
    """How much CPU the best peer needs for our one unit: above 1 is in our favour."""

    peer: str
    ratio: float  # the geometric mean of the rounds
    error: float  # of that mean: its standard error, relative

    def __str__(self):
        word = "win" if self.ratio > 1 + 2 * self.error else "loss" if self.ratio < 1 - 2 * self.error else "level"
        return f"{self.ratio:.3f} ±{self.error:.3f} {word} against {self.peer}"


@dataclass
class Result:
    """One scenario: its rounds, each a sample per proxy, and who could not take part."""

    scenario: object
    requests_per_open: dict = field(default_factory=dict)  # proxy -> requests per TCP connection, to it and from it
    rounds: list = field(default_factory=list)
    absent: dict = field(default_factory=dict)  # proxy -> why

    def kept(self):
        return [r for r in self.rounds if not any(sample.errors for sample in r.values())]

    def drops(self):
        """One line for each round that does not count, because a request in it failed."""
        return [", ".join(f"{name}: {sample.errors}" for name, sample in r.items() if sample.errors)
                for r in self.rounds if r not in self.kept()]

    def medians(self):
        """Proxy -> the median of each of its figures."""
        kept = self.kept()
        return {name: Sample(*(median(getattr(r[name], figure) for r in kept) for figure in _FIGURES), errors="")
                for name in (kept[0] if kept else ())}

    def verdict(self, subject):
        cpu_us = {name: figures.cpu_us for name, figures in self.medians().items()}
        if subject not in cpu_us or len(cpu_us) == 1:
            return None
        peer = min(cpu_us.keys() - {subject}, key=cpu_us.get)
        logs = [log(r[peer].cpu_us / r[subject].cpu_us) for r in self.kept()]
        return Verdict(peer, exp(mean(logs)), stdev(logs) / sqrt(len(logs)) if len(logs) > 1 else inf)


_FIGURES = ("cpu_us", "requests_per_second", "pss_bytes")


def print_result(result, subject):
    print(f"\n{result.scenario.name}: {result.scenario.title}")
    print(f"  {'proxy':10}{'CPU µs/request':>16}{'(min..max)':>20}"
          f"{'requests/s':>12}{'requests/open':>15}{'PSS MB':>8}")
    kept = result.kept()
    for name, figures in result.medians().items():
        cpu_us = [r[name].cpu_us for r in kept]
        spread = f"({min(cpu_us):.1f}..{max(cpu_us):.1f})"
        print(f"  {name:10}{figures.cpu_us:16.1f}{spread:>20}{figures.requests_per_second:12.0f}"
              f"{result.requests_per_open[name]:15.1f}{figures.pss_bytes / 1e6:8.1f}")
    for name, reason in result.absent.items():
        print(f"  {name:10}left out: {reason}")
    for drop in result.drops():
        print(f"  round dropped: {drop}")
    print(f"  {len(kept)} of {len(result.rounds)} rounds count")
    if verdict := result.verdict(subject):
        print(f"  {verdict}")


def print_summary(results, subject):
    names = list(dict.fromkeys(name for result in results for name in result.medians()))
    print(f"\nCPU µs per request, and how much the best peer needs for one of {subject}'s")
    print(f"  {'scenario':14}" + "".join(f"{name:>10}" for name in names) + "   best peer / us (± its standard error)")
    for result in results:
        medians = result.medians()
        cells = "".join(f"{medians[name].cpu_us:10.1f}" if name in medians else f"{'–':>10}" for name in names)
        remarks = [f"rounds dropped: {len(result.drops())}"] if result.drops() else []
        remarks += [f"{name} left out" for name in result.absent]
        print(f"  {result.scenario.name:14}{cells}   " + ", ".join([str(result.verdict(subject) or "–"), *remarks]))


def print_observation(results, subject, limits):
    print(f"\nWhat measuring costs: CPU of {subject} over that of a build which measures nothing")
    for result in results:
        if not (verdict := result.verdict(subject)):
            print(f"  {result.scenario.name:14}–")
            continue
        limit = limits[result.scenario.name]
        print(f"  {result.scenario.name:14}{1 / verdict.ratio - 1:+7.1%} ±{verdict.error:.1%}" + (f", of {limit:.0%} allowed" if limit else ""))


def as_json(result, subject):
    verdict = result.verdict(subject)
    return {
        "title": result.scenario.title,
        "verdict": verdict and {**asdict(verdict), "text": str(verdict)},
        "medians": {name: asdict(figures) for name, figures in result.medians().items()},
        "requests_per_open": result.requests_per_open,
        "rounds": [{name: asdict(sample) for name, sample in r.items()} for r in result.rounds],
        "dropped": result.drops(),
        "absent": result.absent,
    }
