"""What a work-horse says of itself. It must not load what it reports on."""

import sys


def report() -> str:
    """Whether the product's tasks were loaded when this one began."""
    return "loaded" if "jobs.tasks" in sys.modules else "not loaded"
