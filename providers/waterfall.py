"""A waterfall: providers in the order in which Clay asks them; and which of them a batch was sent with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from providers.names import folded
from providers.terms import Evidence

PROBE_ROWS = 10
"""Rows of a batch that try a provider which was left out."""


@dataclass(frozen=True)
class Step:
    """One provider of a waterfall, spelled as the conditions in Clay spell it."""

    provider: str
    credits: Decimal | None = None
    """What a hit costs here, where results do not tell; None: what the provider usually costs."""
    on: bool = True
    """Whether it is used at all."""

    def dumped(self) -> dict[str, Any]:
        credits = None if self.credits is None else str(self.credits)
        return {"provider": self.provider, "credits": credits, "on": self.on}

    @classmethod
    def loaded(cls, dumped: Mapping[str, Any]) -> "Step":
        credits = dumped["credits"]
        return cls(dumped["provider"], None if credits is None else Decimal(credits), dumped["on"])


def dumped(steps: Iterable[Step]) -> list[dict[str, Any]]:
    return [step.dumped() for step in steps]


def of_names(names: Iterable[str], known: Sequence[Step] = ()) -> list[Step]:
    """Steps of these names in this order, each provider once; what is known of one is kept."""
    steps = {folded(step.provider): step for step in known}
    wanted: dict[str, str] = {}
    for name in names:
        wanted.setdefault(folded(name), name)
    return [replace(steps.get(key, Step(name)), provider=name) for key, name in wanted.items()]


@dataclass(frozen=True)
class Choice:
    """A waterfall's providers for one batch, in its order and spelling. The database keeps it as `dumped`."""

    use: list[str] = field(default_factory=list)
    """The probes among them."""
    skip: list[str] = field(default_factory=list)
    probes: list[str] = field(default_factory=list)
    """Left out, but tried by the first `PROBE_ROWS` rows."""
    why: dict[str, str] = field(default_factory=dict)
    """Why each of those that are skipped or probed is left out."""
    pinned: list[str] = field(default_factory=list)
    """Used whatever their outcomes, as a person said."""
    claims: dict[str, int] = field(default_factory=dict)
    """Folded names of the probes, each with what its window knows this batch by."""

    @property
    def probe_rows(self) -> int:
        """So many rows try those that are left out, where there are so many."""
        return PROBE_ROWS

    @property
    def only_probes(self) -> bool:
        """Whether nobody but the probes is left for the rows."""
        return bool(self.probes) and set(self.use) == set(self.probes)

    def lists(self, place: int) -> tuple[list[str], list[str]]:
        """Which providers the batch's row at this place (0, 1, 2 …) uses, and which it skips."""
        if place < PROBE_ROWS:
            return self.use, self.skip
        probed = set(self.probes)
        return [name for name in self.use if name not in probed], [*self.skip, *self.probes]

    def evidence(self, provider: str, place: int) -> Evidence:
        """What an outcome of the row at this place tells about the provider."""
        name = folded(provider)
        if name in map(folded, self.probes):
            return Evidence.PROBE if place < PROBE_ROWS else Evidence.CHOSEN
        chosen = name in map(folded, [*self.use, *self.skip]) and name not in map(folded, self.pinned)
        return Evidence.CHOSEN if chosen else Evidence.FREE

    def claim_of(self, provider: str, place: int) -> int:
        """The claim that the row at this place probes the provider for; 0 for none."""
        return self.claims.get(folded(provider), 0) if place < PROBE_ROWS else 0

    def dumped(self) -> dict[str, Any]:
        """As JSON; nothing for no waterfall."""
        kept = {"use": self.use, "skip": self.skip, "probes": self.probes, "why": self.why}
        kept |= {"pinned": self.pinned, "claims": self.claims}
        return kept if self.use or self.skip else {}

    @classmethod
    def loaded(cls, dumped: Mapping[str, Any]) -> "Choice":
        """Also of one that an older version kept: it knew its claims by their time."""
        claims = {name: claim for name, claim in dumped.get("claims", {}).items() if isinstance(claim, int)}
        return cls(
            use=list(dumped.get("use", [])),
            skip=list(dumped.get("skip", [])),
            probes=list(dumped.get("probes", [])),
            why=dict(dumped.get("why", {})),
            pinned=list(dumped.get("pinned", [])),
            claims=claims,
        )
