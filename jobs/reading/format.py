"""How the bytes of a file become cells."""

from dataclasses import dataclass


class Unreadable(Exception):
    """The file cannot be taken; the text is a sentence that says why and what to do."""


@dataclass(frozen=True)
class Format:
    """Sniffed, shown, and corrected by the user where the guess is wrong."""

    encoding: str = "utf-8"
    """A name that `codecs.lookup` knows."""
    delimiter: str = ","
    quote: str = '"'
    """What cells with delimiters or line breaks stand in; empty where quotes mean nothing."""
    escape: str = ""
    """What stands before a quote inside a quoted cell; empty where the quote is doubled."""
    header: bool = True
    """Whether the first line names the columns."""
    skip: int = 0
    """Lines to leave unread at the top: a title, a note."""
    sheet: str = ""
    """The sheet of a workbook; empty for text."""
    has_nul: bool = False
    """Whether there are NUL bytes in the file."""
