"""Figures out of rounds, and the page they are printed on."""

from dataclasses import asdict, dataclass, field
from statistics import median


@dataclass(frozen=True)
class Sample:
    """One run of one proxy."""

    cpu_us: float             # per request
    requests_per_second: float
    requests_per_open: float  # per TCP connection opened by anybody, to the proxy and to the origin alike
    pss_bytes: int            # when the load is over
    errors: str


@dataclass(frozen=True)
class Verdict:
    """How much CPU the best peer needs for our one unit: above 1 is in our favour."""

    peer: str
    ratio: float
    lowest: float
    highest: float

    def __str__(self):
        word = "win" if self.lowest > 1 else "loss" if self.highest < 1 else "level"
        return f"{self.ratio:.2f} ({self.lowest:.2f}..{self.highest:.2f}) {word} against {self.peer}"


@dataclass
class Result:
    """One scenario: its rounds, each a sample per proxy, and who could not take part."""

    scenario: object
    rounds: list = field(default_factory=list)
    absent: dict = field(default_factory=dict)  # proxy -> why

    def leave_out(self, name, why):
        self.absent[name] = str(why)
        for r in self.rounds:
            r.pop(name, None)

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
        ratios = [r[peer].cpu_us / r[subject].cpu_us for r in self.kept()]
        return Verdict(peer, median(ratios), min(ratios), max(ratios))


_FIGURES = ("cpu_us", "requests_per_second", "requests_per_open", "pss_bytes")


def print_result(result, subject):
    print(f"\n{result.scenario.name}: {result.scenario.title}")
    print(f"  {'proxy':10}{'CPU µs/request':>16}{'(min..max)':>20}"
          f"{'requests/s':>12}{'requests/open':>15}{'PSS MB':>8}")
    kept = result.kept()
    for name, figures in result.medians().items():
        cpu_us = [r[name].cpu_us for r in kept]
        spread = f"({min(cpu_us):.1f}..{max(cpu_us):.1f})"
        print(f"  {name:10}{figures.cpu_us:16.1f}{spread:>20}{figures.requests_per_second:12.0f}"
              f"{figures.requests_per_open:15.1f}{figures.pss_bytes / 1e6:8.1f}")
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
    print(f"  {'scenario':14}" + "".join(f"{name:>10}" for name in names) + "   best peer / us (min..max)")
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
        cost, least, most = (f"{1 / ratio - 1:+.1%}" for ratio in (verdict.ratio, verdict.highest, verdict.lowest))
        limit = limits[result.scenario.name]
        print(f"  {result.scenario.name:14}{cost:>7} ({least}..{most})" + (f", of {limit:.0%} allowed" if limit else ""))


def as_json(result, subject):
    verdict = result.verdict(subject)
    return {
        "title": result.scenario.title,
        "verdict": verdict and {**asdict(verdict), "text": str(verdict)},
        "medians": {name: asdict(figures) for name, figures in result.medians().items()},
        "rounds": [{name: asdict(sample) for name, sample in r.items()} for r in result.rounds],
        "dropped": result.drops(),
        "absent": result.absent,
    }
