"""What stands between cells, and around them: found by parsing the first lines in every way."""

import csv
import re
from collections import Counter
from dataclasses import replace

from jobs.reading.format import DELIMITERS, Format
from jobs.reading.text import quoting
from jobs.reading.text.lookahead import Patience

LINES = 500
NEARLY = 0.05
"""Of delimiters that explain the lines about as well, the rarer in text is taken: the later of `RARER`."""
RARER = (",", "|", ";", "\t")


def detect(lines: list[str], format: Format) -> Format:
    """`format` with the delimiter, the quote and the escape of `lines`."""
    lines = lines[:LINES]
    format = replace(format, quote=_quote(lines))
    format = replace(format, delimiter=_delimiter(lines, format))
    format = replace(format, escape=_escape(lines, format))
    return replace(format, quote="") if _quotes_are_text(lines, format) else format


def rows(lines: list[str], format: Format) -> list[tuple[int, int, list[str]]]:
    """The records that are not blank: first line, line behind, cells. Wrong quotes or not."""
    found: list[tuple[int, int, list[str]]] = []
    place, patience = 0, Patience()
    while place < len(lines):
        reader = quoting.cells_of(quoting.lines_from(lines, place, patience.lines), format)
        start = place
        try:
            for cells in reader:
                if "".join(cells).strip():
                    found.append((place, start + reader.line_num, cells))
                place = start + reader.line_num
                patience.regain(1)
        except csv.Error:
            if place > start:
                continue
            patience.lost()
            found.append((place, place + 1, quoting.lone(lines[place], format)[0]))
            place += 1
    return found


def _quote(lines: list[str]) -> str:
    """A single quote where cells stand in them and none stands in double quotes."""
    text = "".join(lines)
    double = len(re.findall(r'(?:^|[,;\t|])"', text, re.MULTILINE))
    opened = len(re.findall(r"(?:^|[,;\t|])'", text, re.MULTILINE))
    whole = len(re.findall(r"(?:^|(?<=[,;\t|]))'(?:[^'\r\n]|'')*'(?=[,;\t|\r\n]|$)", text, re.MULTILINE))
    return "'" if whole >= 2 and not double and whole >= opened * 0.8 else '"'


def _delimiter(lines: list[str], format: Format) -> str:
    scores = {char: _score(lines, replace(format, delimiter=char)) for char in DELIMITERS}
    best = max(scores.values())
    if best > 0:
        return max((char for char in RARER if scores[char] >= best - NEARLY), key=RARER.index)
    text = "".join(lines)
    blank = (char for char in DELIMITERS if not rows(lines, replace(format, delimiter=char)))
    return next(blank, next((char for char in DELIMITERS if char not in text), ","))


def _score(lines: list[str], format: Format) -> float:
    """From 0 to 1: the share of records that are split into as many cells as most are, if 2 or more."""
    widths = [len(cells) for _, _, cells in rows(lines, format)]
    if not widths or max(widths) == 1:
        return 0.0
    counts = Counter(widths)
    usual = max(counts, key=lambda width: (counts[width], width))
    if usual == 1:
        # Perhaps a header with most rows cut short behind it.
        return 0.1 + 0.1 * counts[widths[0]] / len(widths) if widths[0] > 1 else 0.0
    if widths[0] == 1 and format.delimiter == "," and _in_prose(lines):
        return 0.0
    share = counts[usual] / len(widths)
    return share if widths[0] > 1 else share * 0.9


def _in_prose(lines: list[str]) -> bool:
    """Whether commas are followed by blanks, as in text: a single column of "Doe, Jane"."""
    text = "".join(lines)
    return text.count(", ") >= text.count(",") * 0.9


def _escape(lines: list[str], format: Format) -> str:
    """A backslash where the lines with a backslash before a quote parse better with it."""
    mark = f"\\{format.quote}"
    odd = [line for line in lines if format.quote and mark in line]
    without, escaped = format, replace(format, escape="\\")
    better = sum(parses(line, escaped) - parses(line, without) for line in odd)
    return "\\" if better > 0 else ""


def parses(line: str, format: Format) -> bool:
    """Whether the quotes of this one line are as they should be."""
    try:
        return bool(list(quoting.cells_of([quoting.with_literal_escapes(line, format)], format)))
    except csv.Error:
        return False


def _quotes_are_text(lines: list[str], format: Format) -> bool:
    """Whether quotes are inches and the like: many cells begin with one, and not one of them is closed."""
    odd = [line for line in lines if format.quote and format.quote in line]
    broken = [line for line in odd if not parses(line, format)]
    if len(broken) < 10 or len(broken) < len(odd) * 0.5:
        return False
    edge = re.escape(format.delimiter)
    quote = re.escape(format.quote)
    closed = re.compile(f"(?:^|{edge}){quote}[^{quote}]*{quote}(?:{edge}|$)", re.MULTILINE)
    if any(closed.search(line.rstrip("\r\n")) for line in odd):
        return False
    plain = replace(format, quote="")
    widths = Counter(len(cells) for _, _, cells in rows(lines, plain))
    return len(widths) == 1
