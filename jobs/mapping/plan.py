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
        width = len(cells)
        for name, index, cleanups in self._steps:
            text = cells[index] if index < width else ""
            for clean in cleanups:
                text = clean(text)
            found[name] = text
        return found

    def key(self, inputs: Mapping[str, str]) -> int | None:
        """A number of 64 bits, signed and never 0, that two rows share when their `inputs` are alike.

        Alike after trim and case-fold, blank inputs left out; None where all inputs are blank.
        """
        parts = []
        for name, value in sorted(inputs.items()):
            if folded := value.strip().casefold():
                parts.append(f"{name}\x1e{folded}")
        if not parts:
            return None
        digest = blake2b("\x1f".join(parts).encode(errors="surrogatepass"), digest_size=8).digest()
        return int.from_bytes(digest, "big", signed=True) or 1
