"""What Clay gets for a line of the file: columns, constants and clean-ups, by the names of the inputs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b

from jobs.mapping.cleanups import CLEANUPS


@dataclass(frozen=True)
class Plan:
    """How the inputs of a destination are filled."""

    columns: Mapping[str, int]
    """`{input: index of its column}`."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """`{input: the same text for every row}`; where an input has both, this one counts."""
    cleanups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """`{input: names of CLEANUPS}`; done to cells, never to constants."""

    @cached_property
    def _steps(self) -> list[tuple[str, int, list[Callable[[str], str]]]]:
        return [
            (name, index, [CLEANUPS[each] for each in CLEANUPS if each in self.cleanups.get(name, ())])
            for name, index in self.columns.items()
            if name not in self.constants
        ]

    def inputs(self, cells: Sequence[str]) -> dict[str, str]:
        """What Clay gets for these cells; a cell that is not there is blank."""
        found = dict(self.constants)
        for name, index, cleanups in self._steps:
            text = cells[index] if index < len(cells) else ""
            for clean in cleanups:
                text = clean(text)
            found[name] = text
        return found

    def key(self, inputs: Mapping[str, str]) -> int | None:
        """A number of 64 bits, signed, that two rows share when their inputs are alike.

        Alike after trim and case-fold, blank inputs left out; None where all inputs are blank.
        """
        folded = [(name, value.strip().casefold()) for name, value in sorted(inputs.items())]
        text = "\x1f".join(f"{name}\x1e{value}" for name, value in folded if value)
        if not text:
            return None
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
