"""Rows to send, cut into batches that fit Clay."""

BATCH_BYTES = 80_000
"""Clay takes 100 KB a payload; the rest is room for ids and the waterfall's lists."""


class Batches:
    """The batches of a chunk. One is closed when it is full, the next row does not fit, or the trial ends."""

    def __init__(self, size: int, trial_left: int = 0) -> None:
        self._size = size
        self.trial_left = trial_left
        """Rows that the trial still takes."""
        self.sizes: list[int] = []
        """Rows of each batch that is closed."""
        self.trial_batches = 0
        """So many of these belong to the trial."""
        self._rows = self._bytes = 0
        """Of the batch that is being filled."""

    @property
    def is_open(self) -> bool:
        return self._rows > 0

    def place(self, weight: int) -> int:
        """The place in `sizes` of the batch that takes a row of so many bytes."""
        if self._rows and self._bytes + weight > BATCH_BYTES:
            self.close()
        place = len(self.sizes)
        self._bytes += weight
        self._rows += 1
        if self._rows >= (min(self._size, self.trial_left) or self._size):
            self.close()
        return place

    def close(self) -> None:
        """Close the batch that is being filled, if there is one."""
        if not self._rows:
            return
        self.sizes.append(self._rows)
        if self.trial_left:
            self.trial_batches += 1
            self.trial_left -= self._rows
        self._rows = self._bytes = 0

    def following(self) -> "Batches":
        """Those of the next chunk."""
        return Batches(self._size, self.trial_left)
