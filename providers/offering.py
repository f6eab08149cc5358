"""Names that are offered where a provider is named, and whom a name that is typed or picked means."""

from collections import Counter
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
    return by_label().get(folded(typed), typed)


def by_label() -> dict[str, str]:
    """Names by the folded label that people gave them, where it means one provider and is no other's name."""
    known = list(Provider.objects.values_list("name", "label"))
    taken = Counter(
        [name for name, _ in known] + [folded(label) for name, label in known if folded(label) != name]
    )
    return {key: name for name, label in known if taken[key := folded(label)] == 1 and key != name}


def who_is_called(label: str, but: Provider) -> Provider | None:
    """Another provider that is known or shown by this name: two of one name could not be told apart."""
    key = folded(label)
    others = Provider.objects.exclude(pk=but.pk)
    return next((row for row in others if key in {row.name, folded(row.label)}), None)
