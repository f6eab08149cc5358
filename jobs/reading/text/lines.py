"""A file as blocks of whole lines, decoded: in flat memory, and with no exception for what is in it."""

import codecs
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from jobs.reading.format import Format, verify

BLOCK = 1 << 17
"""Bytes read at a time."""
MAX_LINE = 4 << 20
"""Characters of the longest line that is kept whole."""
KEPT = 1000
"""Characters kept of a longer one."""

# Two lone surrogates: no decoder yields them, so they cannot be text of the file.
BAD_BYTES = "\udcff"
"""Stands where bytes are no characters of the encoding."""
MARK = "jobs.reading.mark"
"""The error handler that puts them there."""
CUT = "\udcfe"
"""Stands at the end of a line that was too long to keep."""

BOM = "\ufeff"
NOT_LINE_ENDS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
"""What `str.splitlines` splits at beside CR, LF and CRLF."""


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return BAD_BYTES, error.end


codecs.register_error(MARK, _mark)


def blocks(path: Path, format: Format) -> Iterator[str]:
    """The text of the file, each block ending with a line (the last one maybe without its line end).

    BOMs are gone, wherever they stood; `BAD_BYTES` and `CUT` mark what is wrong. Raises `OSError` and,
    for an impossible format, `Unreadable`.
    """
    verify(format)
    strays = _misread_bom(format.encoding)
    with path.open("rb") as file:
        for text in _whole_lines(_decoded(file, format.encoding)):
            text = text.replace(BOM, "") if BOM in text else text
            yield text.replace(strays, "") if strays and strays in text else text


def split(text: str) -> list[str]:
    """The lines of `text` with their ends: CR, LF or CRLF, also mixed."""
    if any(char in text for char in NOT_LINE_ENDS):
        return list(io.StringIO(text, newline=""))
    return text.splitlines(keepends=True)


def _decoded(file: BinaryIO, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(MARK)
    if not encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32")):
        start = file.read(3)
        file.seek(3 if start == codecs.BOM_UTF8 else 0)
    while chunk := file.read(BLOCK):
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def _whole_lines(texts: Iterator[str]) -> Iterator[str]:
    """The same text, cut behind line ends; a line over `MAX_LINE` is cut short, never held as a whole."""
    tail = ""
    cutting = False
    for text in texts:
        if cutting:
            text = _from_line_end(text)
            cutting = not text
        text = tail + text
        # A CR at the very end may be the first half of a CRLF.
        end = max(text.rfind("\n"), text.rfind("\r", 0, max(len(text) - 1, 0))) + 1
        if end:
            yield text[:end]
        tail = text[end:]
        if not cutting and len(tail) > MAX_LINE:
            ended = tail.endswith("\r")
            tail = tail[:KEPT] + CUT + "\r" * ended
            cutting = not ended
    if tail:
        yield tail


def _from_line_end(text: str) -> str:
    found = [place for place in (text.find("\n"), text.find("\r")) if place >= 0]
    return text[min(found) :] if found else ""


def _misread_bom(encoding: str) -> str:
    """How the three bytes of a UTF-8 BOM look in an encoding of one byte a character: "ï»¿"."""
    text = codecs.BOM_UTF8.decode(encoding, errors="ignore")
    return text if len(text) == 3 else ""
