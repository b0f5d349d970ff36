# SPDX-License-Identifier: BSL-1.0
"""One line of the table: our figure, the peers' figures, and what is asked of them."""

import math
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limit:
    """`holds(value, ratios)` is True, False, or None where the peer is missing."""

    text: str
    peer: str = ""
    ratio_at_least: float = 0.0
    at_most: float = 0.0

    def holds(self, value, ratios):
        if value is None:
            return False
        if not self.peer:
            return value <= self.at_most
        ratio = ratios[self.peer]
        return None if ratio is None else ratio >= self.ratio_at_least


def times_as_fast(peer, factor):
    text = f">= {factor:,g} x {peer}" if factor != 1 else f">= {peer}"
    return Limit(text, peer=peer, ratio_at_least=factor)


def within(peer, factor):
    return Limit(f"<= {factor:g} x the time of {peer}", peer=peer, ratio_at_least=1 / factor)


def share_of(peer, share):
    return Limit(f">= {share:.0%} of {peer}", peer=peer, ratio_at_least=share)


def efficient(peer, share, workers):
    """The peer is one worker; so many of ours share its work."""
    text = f"efficiency >= {share:.0%} ({share * workers:g} x {peer})"
    return Limit(text, peer=peer, ratio_at_least=share * workers)


def at_most(value, unit):
    return Limit(f"<= {value:g} {unit}", at_most=value)


def below(value, unit):
    return Limit(f"< {value:g} {unit}", at_most=math.nextafter(value, 0))


@dataclass(frozen=True)
class Entry:
    """`ours` and the values of `peers` are (program, figure); figures are multiplied by `scale` into `unit`."""

    row: int
    name: str
    unit: str
    ours: tuple
    peers: dict = field(default_factory=dict)
    limits: tuple = ()
    scale: float = 1.0
    more_is_better: bool = False

    def evaluate(self, medians):
        """The entry of bench.json."""

        def figure(source):
            program, name = source
            figures = medians[program]
            return None if figures is None or name not in figures else figures[name] * self.scale

        value = figure(self.ours)
        peers = {name: figure(source) for name, source in self.peers.items()}
        ratios = {name: self._ratio(value, peer) for name, peer in peers.items()}
        outcomes = [limit.holds(value, ratios) for limit in self.limits]
        met = False if False in outcomes else None if None in outcomes else True
        return {
            "row": self.row,
            "name": self.name,
            "unit": self.unit,
            "value": rounded(value),
            "peers": {name: rounded(peer) for name, peer in peers.items()},
            "ratios": {name: rounded(ratio) for name, ratio in ratios.items()},
            "target": ", ".join(limit.text for limit in self.limits),
            "met": met,
        }

    def _ratio(self, value, peer):
        """How many times as good as the peer we are, whatever the unit."""
        if not value or not peer:
            return None
        return value / peer if self.more_is_better else peer / value


def rounded(value):
    return None if value is None else float(f"{value:.4g}")
