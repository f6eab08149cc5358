"""How the bytes of a file become cells."""

import codecs
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
    """The sheet of a workbook; empty for text. Where it is set, a "line" is a row of it (see `workbook`)."""


ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with BOM",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp1252": "Windows-1252 (Western Europe)",
    "latin-1": "Latin-1 (ISO 8859-1)",
    "iso8859-15": "Latin-9 (ISO 8859-15)",
    "mac-roman": "Mac Roman",
    "cp850": "DOS 850 (Western Europe)",
    "cp437": "DOS 437 (US)",
    "cp1250": "Windows-1250 (Central Europe)",
    "iso8859-2": "Latin-2 (ISO 8859-2, Central Europe)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "koi8-r": "KOI8-R (Russian)",
    "koi8-u": "KOI8-U (Ukrainian)",
    "iso8859-5": "ISO 8859-5 (Cyrillic)",
    "cp866": "DOS 866 (Cyrillic)",
    "mac-cyrillic": "Mac Cyrillic",
    "cp1253": "Windows-1253 (Greek)",
    "iso8859-7": "ISO 8859-7 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp1257": "Windows-1257 (Baltic)",
    "cp1258": "Windows-1258 (Vietnamese)",
    "cp874": "Windows-874 (Thai)",
    "cp932": "Shift-JIS (Japanese)",
    "euc-jp": "EUC-JP (Japanese)",
    "iso2022-jp": "ISO-2022-JP (Japanese)",
    "gb18030": "GB 18030 (Chinese, simplified)",
    "big5": "Big5 (Chinese, traditional)",
    "euc-kr": "EUC-KR (Korean)",
    "cp949": "Windows-949 (Korean)",
    "utf-32-le": "UTF-32 LE",
    "utf-32-be": "UTF-32 BE",
}
"""Codec names, in the order in which they are offered, with what people call them."""

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
QUOTES = {'"': 'double quote "', "'": "single quote '", "": "none"}
ESCAPES = {"": "doubled quote", "\\": "backslash"}


def label_of(encoding: str) -> str:
    """What people call `encoding`, without what stands in brackets: "Windows-1252"."""
    names = {codecs.lookup(name).name: label for name, label in ENCODINGS.items()}
    return names.get(codecs.lookup(encoding).name, encoding).split(" (")[0]


def verify(format: Format) -> None:
    """Raise `Unreadable` for what no file can be read with, such as a user's slip in a form."""
    try:
        codecs.getincrementaldecoder(format.encoding)
    except LookupError:
        raise Unreadable(
            f"“{format.encoding}” is no encoding that we know. Choose one of the list."
        ) from None
    if len(format.delimiter) != 1 or format.delimiter in "\r\n\0":
        raise Unreadable("Choose the one character that stands between the cells, such as a comma.")
    if len(format.quote) > 1 or len(format.escape) > 1 or (format.quote and format.quote in "\r\n\0"):
        raise Unreadable("A quote or an escape is one character, or none.")
    used = [char for char in (format.delimiter, format.quote, format.escape) if char]
    if len(used) != len(set(used)):
        raise Unreadable("Delimiter, quote and escape have to be different characters.")
