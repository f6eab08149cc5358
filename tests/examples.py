"""How many examples Hypothesis tries: in `make test` a glance's worth, in `make test-long` many more."""

import os

MANY = os.environ.get("EXAMPLES") == "many"


def examples(usual: int) -> int:
    """A fifth of the usual, but ten at least; where many are asked for, twice as many."""
    return 2 * usual if MANY else max(usual // 5, 10)
