"""Values as cells of a worksheet's XML (ECMA-376, SpreadsheetML). None of them can become a formula."""

import re
from xml.sax.saxutils import escape

from jobs.export.table import text

MAX_TEXT = 32_767
"""Characters (UTF-16 units) that a cell takes (Excel specifications and limits)."""
EXACT = 10**15
"""Whole numbers below it survive in a numeric cell; longer ones are identifiers, and stay text."""
HEADER, UPLOADED, RETURNED = "1", "2", "0"
"""Styles, by their place in styles.xml: bold, text whatever is typed into it, general."""
_ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
"""What XML cannot say, and what would be taken for the escape of such a character."""


def cell(place: str, value: object, style: str) -> str:
    """The cell's XML, empty for nothing. `place` is "B7"; numbers and truth values are what they are."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return f'<c r="{place}" s="{style}" t="b"><v>{value:d}</v></c>'
    if isinstance(value, int | float) and abs(value) < EXACT:
        return f'<c r="{place}" s="{style}"><v>{value!r}</v></c>'
    inside = readable(text(value))
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{inside}</t></is></c>'


def readable(raw: str) -> str:
    """Text as XML: a break within a cell is LF, other control characters are `_xHHHH_`, all of it fits."""
    if "\r" in raw:
        raw = raw.replace("\r\n", "\n").replace("\r", "\n")
    if len(raw) > MAX_TEXT // 2:
        raw = fitting(raw)
    if not raw.isprintable() or "_x" in raw:
        raw = _ODD.sub(lambda odd: f"_x{ord(odd.group()):04X}_", raw)
    return escape(raw)


def fitting(raw: str) -> str:
    """The text, cut and marked where it is longer than a cell takes."""
    units = _units(raw)
    if units <= MAX_TEXT:
        return raw
    mark = f" … [cut: {len(raw):,} characters, the CSV export has all]"
    kept = raw.encode("utf-16-le", "surrogatepass")[: 2 * (MAX_TEXT - len(mark))]
    return kept.decode("utf-16-le", "ignore") + mark


def _units(raw: str) -> int:
    return len(raw.encode("utf-16-le", "surrogatepass")) // 2


def letters(index: int) -> str:
    """The name of a column by its place: 0 is A, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name
