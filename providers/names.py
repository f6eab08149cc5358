"""What providers are called: known by one name however it is spelled, shown as people spell it."""

WELL_KNOWN = (
    "Apollo",
    "Clearbit",
    "Datagma",
    "Dropcontact",
    "FindyMail",
    "Hunter",
    "LeadMagic",
    "People Data Labs",
    "Prospeo",
    "RocketReach",
    "Wiza",
    "ZoomInfo",
)
"""Offered where a provider is named; any other name may be used."""
LONGEST = 100


def folded(provider: str) -> str:
    """The name by which a provider is known: trimmed, case-folded, fit for every database."""
    return " ".join(provider.replace("\0", "").split()).casefold()[:LONGEST]


def label_of(provider: str) -> str:
    """How a provider that was met under this spelling is shown."""
    spelled = " ".join(provider.replace("\0", "").split())[:LONGEST]
    return _SPELLED.get(folded(spelled), spelled)


_SPELLED = {folded(name): name for name in WELL_KNOWN}
