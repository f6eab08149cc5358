"""The kinds of alerts, in words: what a person ticks who wants to be told of some of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """`name` is the `kind` of an alert."""

    name: str
    words: str
    only_warns: bool = False
    """None of its alerts is ever `bad`."""


GROUPS: list[tuple[str, list[Kind]]] = [
    (
        "ClayOps itself",
        [
            Kind("redis", "Redis is away"),
            Kind("worker", "No worker is running"),
            Kind("scheduler", "The scheduler has stopped"),
            Kind("watch", "The watch over alerts has stopped"),
            Kind("disk", "The disk is nearly full"),
            Kind("audit", "The audit found rows or credits unaccounted for, or does not end"),
        ],
    ),
    (
        "Clay",
        [
            Kind("stuck", "A run is out for longer than its time"),
            Kind("gone", "A run is gone: Clay does not know it any more"),
            Kind("odd", "A run ended in a way we do not know"),
            Kind("clay_down", "Clay does not answer properly"),
            Kind("key_rejected", "Clay rejects the API key"),
            Kind("webhook_full", "A table’s webhook is full"),
            Kind("webhook_life", "A table’s webhook nears its last row"),
        ],
    ),
    (
        "Rows",
        [
            Kind("intake", "The rows of a job cannot be stored"),
            Kind("dead_letters", "Dead letters wait for somebody", only_warns=True),
        ],
    ),
    (
        "Credits",
        [
            Kind("budget", "Credits are used up: sending has stopped"),
            Kind("destination_budget", "A destination’s own limit is reached"),
            Kind("budget_warning", "A warning level of the day is reached", only_warns=True),
            Kind("price", "Somebody who may not set prices made or moved a destination", only_warns=True),
            Kind("limit_request", "Somebody asks for more credits", only_warns=True),
        ],
    ),
    (
        "Providers",
        [
            Kind("no_provider", "No provider is left for a destination"),
            Kind("provider", "A provider left the waterfall", only_warns=True),
            Kind("provider_degraded", "A provider fails more often", only_warns=True),
            Kind("cells", "The cells of a table cannot be read", only_warns=True),
        ],
    ),
]
KINDS = {kind.name: kind for _, kinds in GROUPS for kind in kinds}


def words(name: str) -> str:
    """What a kind is called; one that is not known (any more) shows its own name."""
    return KINDS[name].words if name in KINDS else name.replace("_", " ")
