"""Where a job stands in its lane, among those that go to the same destination. Knows no model."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Rival:
    """Another job that has batches for the same destination."""

    pk: int
    name: str
    priority: int
    batches: int


@dataclass(frozen=True)
class Place:
    """Where a job stands in its lane."""

    ahead: list[Rival]
    """Jobs that go first, of a higher priority."""
    sharing: list[Rival]
    """Jobs of the same priority: they take turns with it."""
    behind: list[Rival]

    @property
    def is_alone(self) -> bool:
        return not (self.ahead or self.sharing or self.behind)

    def batches_before(self, own: int) -> int:
        """Batches of others that leave before the last of its `own`."""
        return sum(rival.batches for rival in self.ahead) + sum(min(r.batches, own) for r in self.sharing)

    def __str__(self) -> str:
        """In words: "first in the lane", "behind x.csv", "takes turns with 2 jobs"."""
        words = [f"behind {_named(self.ahead)}"] if self.ahead else []
        words += [f"takes turns with {_named(self.sharing)}"] if self.sharing else []
        return ", ".join(words) or ("alone in the lane" if self.is_alone else "first in the lane")

    @classmethod
    def among(cls, rivals: list[Rival], pk: int, priority: int) -> Self:
        """The place of job `pk` among these."""
        others = [rival for rival in rivals if rival.pk != pk]
        return cls(
            ahead=[rival for rival in others if rival.priority > priority],
            sharing=[rival for rival in others if rival.priority == priority],
            behind=[rival for rival in others if rival.priority < priority],
        )


def _named(rivals: list[Rival]) -> str:
    return rivals[0].name if len(rivals) == 1 else f"{len(rivals)} jobs"
