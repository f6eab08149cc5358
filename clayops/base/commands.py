"""What our commands share: the exit codes 0 (done), 1 (needs a person) and 2 (bad input)."""

from django.core.management.base import CommandError

NEEDS_A_PERSON = 1
BAD_INPUT = 2


def bad_input(text: str) -> CommandError:
    """One line on stderr and exit code 2."""
    return CommandError(text, returncode=BAD_INPUT)


def names(raw: str) -> list[str]:
    """The names of a list separated by commas, each once."""
    return list(dict.fromkeys(name.strip() for name in raw.split(",") if name.strip()))
