"""How far to look ahead for the quote that closes a cell."""


class Patience:
    """An allowance of lines: halved by each quote that was never closed, regained with what is well-formed.

    Looking ahead costs all of it each time, so a file in which no quote is closed would otherwise cost the
    square of its lines. This way no line pays for more than about `GAIN` others.
    """

    MOST = 1 << 20
    LEAST = 8
    GAIN = 4
    """Lines that are regained with each record."""

    def __init__(self) -> None:
        self.lines = self.MOST

    def lost(self) -> None:
        """A quote was never closed."""
        self.lines = max(self.LEAST, self.lines // 2)

    def regain(self, records: int) -> None:
        """So many records were well-formed."""
        self.lines = min(self.MOST, self.lines + self.GAIN * records)
