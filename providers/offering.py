"""Names that are offered where a provider is named, and whom a name that is typed or picked means."""

from collections.abc import Iterable

from providers.models import Provider
from providers.names import WELL_KNOWN, folded

MOST = 300
"""Names that are offered."""


def offered(taken: Iterable[str] = ()) -> list[str]:
    """Well-known ones and those that were met before, as people spell them, without those that are taken."""
    names = {folded(name): name for name in WELL_KNOWN}
    names |= {row.name: str(row) for row in Provider.objects.all()[:MOST]}
    without = set(map(folded, taken))
    return sorted((name for key, name in names.items() if key not in without), key=str.casefold)


def meant(typed: str) -> str:
    """The name by which results and waterfalls know it: what was typed, unless another one is shown so."""
    key, known = folded(typed), dict(Provider.objects.values_list("name", "label"))
    shown_so = [] if key in known else [name for name, label in known.items() if folded(label) == key]
    return shown_so[0] if len(shown_so) == 1 else typed


def who_is_called(label: str, but: Provider) -> Provider | None:
    """Another provider that is known or shown by this name: two of one name could not be told apart."""
    key = folded(label)
    others = Provider.objects.exclude(pk=but.pk)
    return next((row for row in others if key in {row.name, folded(row.label)}), None)
