"""Which encoding the bytes of a text are in.

UTF-8 proves itself: other text is hardly ever valid UTF-8. What is not UTF-8 is Windows-1252 in nearly all
exports of CRMs and of Excel, so another encoding is only chosen on evidence: byte patterns (UTF-16), letters
of one language (`alphabets`), and charset-normalizer for the scripts that have few letters a to z.
"""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from charset_normalizer import from_bytes

from jobs.reading.format import ENCODINGS, Unreadable
from jobs.reading.kinds import BINARY
from jobs.reading.text import alphabets
from jobs.reading.text.lines import BAD_BYTES, MARK

CHUNK = 1 << 20
SAMPLE = 1 << 15
"""Bytes with characters beyond ASCII that are enough to tell."""
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SCRIPTS = [
    *("cp1251", "koi8-r", "cp866", "mac-cyrillic", "cp1253", "cp1255", "cp1256", "cp874"),
    *("cp932", "euc-jp", "gb18030", "big5", "euc-kr"),
]
"""What text in other letters than a to z may be in, as charset-normalizer can tell."""
CONTROLS = bytes({*range(32), 127} - {*b"\0\t\n\v\f\r\x1a\x1b"})
BEFORE, BEHIND = 200, 312
"""Bytes that are looked at of a line before its first character beyond ASCII, and from there on."""
ENOUGH = 200_000
"""Bytes that are no UTF-8 before the rest of the file is not looked at any more."""
FOREIGN = re.compile(rb"[\x80-\xff]")
LINE_END = re.compile(rb"[\r\n]")
FOREIGN_RUN = re.compile(rb"[\x80-\xff]+")


def detect(path: Path) -> str:
    """The encoding. Raises `Unreadable` for what is no text."""
    with path.open("rb") as file:
        head = file.read(1 << 16)
    for bom, encoding in BOMS:
        if head.startswith(bom) and not (
            encoding.startswith("utf-32") and len(head) % 4 and len(head) < 1 << 16
        ):
            return _utf8_or_less(path) if encoding == "utf-8-sig" else encoding
    if encoding := _utf16_without_bom(head):
        return encoding
    nuls = _nuls(path)
    controls = len(head) - len(head.translate(None, CONTROLS))
    if nuls > path.stat().st_size // 10 or controls > max(len(head) // 20, 3):
        raise Unreadable(BINARY)
    return _utf8_or_less(path)


def _nuls(path: Path) -> int:
    with path.open("rb") as file:
        return sum(chunk.count(0) for chunk in iter(lambda: file.read(CHUNK), b""))


def _utf16_without_bom(head: bytes) -> str:
    """UTF-16 of mostly ASCII has a NUL in every second byte, and hardly any in the others."""
    pairs = len(head) // 2
    if pairs < 4:
        return ""
    first, second = head[0::2].count(0) / pairs, head[1::2].count(0) / pairs
    if second > 0.4 and first < 0.05:
        return "utf-16-le"
    return "utf-16-be" if first > 0.4 and second < 0.05 else ""


def _utf8_or_less(path: Path) -> str:
    """UTF-8 where (nearly) all bytes agree, else what the lines beyond ASCII look like."""
    good = bad = 0
    decoder = codecs.getincrementaldecoder("utf-8")(MARK)
    with path.open("rb") as file:
        bom = file.read(3) == codecs.BOM_UTF8
        file.seek(3 if bom else 0)
        for chunk in iter(lambda: file.read(CHUNK), b""):
            text = decoder.decode(chunk)
            if not text.isascii():
                wrong = text.count(BAD_BYTES)
                good += len(text) - len(text.encode("ascii", "ignore")) - wrong
                bad += wrong
            if bad > ENOUGH and good <= bad // 10:
                break
        bad += len(decoder.decode(b"", final=True))
    # In much good UTF-8 a few broken lines are named as unreadable; another encoding would garble the rest.
    if bad and good <= 2 * bad:
        return _legacy(path)
    return "utf-8-sig" if bom else "utf-8"


def _legacy(path: Path) -> str:
    sample = b"\n".join(_foreign_lines(path))
    runs = FOREIGN_RUN.findall(sample)
    if not _dense(runs) and not _japanese(sample):
        return alphabets.best(sample)
    found = from_bytes(sample, cp_isolation=SCRIPTS, enable_fallback=False).best()
    if found is None or found.chaos > 0.1:
        return alphabets.best(sample)
    if found.encoding == "cp1251" and not re.search(rb"[\xc0-\xdf]", sample):
        return "cp1255"  # no capitals: Hebrew, which has the bytes of the Cyrillic small letters
    return _listed(found.encoding)


def _dense(runs: list[bytes]) -> bool:
    """Whether characters beyond ASCII mostly stand together, as in other scripts and not in French."""
    together = sum(len(run) for run in runs if len(run) > 1)
    total = sum(map(len, runs))
    return total > 5 and together >= total * 0.5


def _japanese(sample: bytes) -> bool:
    """Whether this is Shift-JIS, half of whose second bytes are ASCII: all valid, and much of it kana."""
    try:
        text = sample.decode("cp932")
    except UnicodeDecodeError:
        return False
    beyond = [char for char in text if char > "\x7f"]
    return len(beyond) > 2 and sum("\u3040" <= char <= "\u30ff" for char in beyond) > len(beyond) * 0.2


def _listed(encoding: str) -> str:
    """The name in `ENCODINGS` of a codec that has several."""
    name = codecs.lookup(encoding).name
    return next((listed for listed in ENCODINGS if codecs.lookup(listed).name == name), "cp1252")


def _foreign_lines(path: Path) -> Iterator[bytes]:
    """Of the lines that have bytes beyond ASCII, what is around the first; from all over the file."""
    share = SAMPLE // (path.stat().st_size // CHUNK + 1) + 512
    taken = 0
    with path.open("rb") as file:
        while taken <= SAMPLE and (chunk := file.read(CHUNK)):
            most = taken + share
            for line in _foreign_lines_of(chunk):
                yield line
                taken += len(line)
                if taken > min(most, SAMPLE):
                    break


def _foreign_lines_of(chunk: bytes) -> Iterator[bytes]:
    """In one pass, however long the lines are."""
    place = 0
    while found := FOREIGN.search(chunk, place):
        first = found.start()
        low = max(first - BEFORE, place, 0)
        start = max(chunk.rfind(b"\n", low, first), chunk.rfind(b"\r", low, first), low - 1) + 1
        end = LINE_END.search(chunk, first)
        place = end.end() if end else len(chunk)
        yield chunk[start : min(first + BEHIND, end.start() if end else place)]
