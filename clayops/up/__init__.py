"""`manage.py up`: everything the product needs, started in order, watched, and stopped together."""


class StartError(Exception):
    """The product cannot start here; the text is one line that says why and what to do."""
