"""The letters beside a to z that a language writes: what tells one single-byte encoding from another."""

WESTERN = {
    "German": "äöüß",
    "French": "àâæçéèêëîïôœùûüÿ",
    "Spanish": "áéíñóúü",
    "Portuguese": "áâãàçéêíóôõú",
    "Italian": "àèéìòù",
    "Danish, Norwegian": "æøåé",
    "Swedish, Finnish": "åäöé",
    "Dutch": "éëïöüáèó",
    "Icelandic": "áéíóúýþðæö",
    "Catalan": "àçéèíïòóúü",
}
ANY_WESTERN = {"any of them": "".join(WESTERN.values())}
CENTRAL = {
    "Polish": "ąćęłńóśźż",
    "Czech, Slovak": "áčďéěíĺľňóôŕřšťúůýžä",
    "Hungarian": "áéíóöőúüű",
    "Romanian": "ăâîşţșț",
    "Croatian, Slovene": "čćđšž",
}
TURKISH = {"Turkish": "çğıöşüâîû"}

BY_ENCODING = {
    "cp1252": WESTERN,
    "mac-roman": WESTERN,
    "cp850": WESTERN,
    "cp1250": CENTRAL,
    "iso8859-2": CENTRAL,
    "cp1254": TURKISH,
}

ENOUGH = 3
"""Different letters, other than Windows-1252 has in their place, that are needed to doubt it."""
FITS = 0.97
"""Of the letters, the share that another encoding has to explain with one language …"""
MARGIN = 0.12
"""… and by how much that has to be more than what Windows-1252 explains with one."""


def best(sample: bytes) -> str:
    """The encoding of text whose letters are mostly a to z: Windows-1252 unless another fits better."""
    others = {encoding: _explained(sample, encoding) for encoding in BY_ENCODING if encoding != "cp1252"}
    encoding = max(others, key=lambda encoding: others[encoding])
    if _differing(sample, encoding) < ENOUGH:
        return "cp1252"
    # Names of several countries fit no one language: against other encodings of the same letters, all count.
    mixed = BY_ENCODING[encoding] is WESTERN
    usual = _explained(sample, "cp1252", ANY_WESTERN if mixed else WESTERN)
    if others[encoding] >= FITS and others[encoding] >= usual + MARGIN:
        return encoding
    return "cp1252"


def _differing(sample: bytes, encoding: str) -> int:
    """How many different letters the encoding reads where Windows-1252 reads something else."""
    found = (bytes([byte]) for byte in set(sample) if byte > 127)
    texts = ((byte.decode(encoding, "replace"), byte.decode("cp1252", "replace")) for byte in found)
    return sum(text.isalpha() and text != usual for text, usual in texts)


def _explained(sample: bytes, encoding: str, languages: dict[str, str] | None = None) -> float:
    """The share of characters beyond ASCII that the best-fitting language writes, between letters a to z."""
    text = sample.decode(encoding, errors="replace")
    places = [place for place, char in enumerate(text) if char > "\x7f" and not _typographic(text, place)]
    foreign = ["" if _wrong_case(text, place) else text[place] for place in places]
    if len(foreign) < ENOUGH:
        return 0.0 if encoding != "cp1252" else 1.0
    return max(_share(foreign, letters) for letters in (languages or BY_ENCODING[encoding]).values())


def _share(found: list[str], letters: str) -> float:
    known = {*letters, *letters.upper()} | ({"İ"} if "ı" in letters else set())
    return sum(char in known for char in found) / len(found)


def _wrong_case(text: str, place: int) -> bool:
    """Whether a capital follows a small letter, or a small letter stands between capitals: "ZoÎ", "SÿREN"."""
    char, before, after = text[place], text[place - 1 : place], text[place + 1 : place + 2]
    return (char.isupper() and before.islower()) or (char.islower() and before.isupper() and after.isupper())


TYPOGRAPHY = "‘’‚“”„«»‹›–—…•·€£¥§°™®©\xa0¡¿"


def _typographic(text: str, place: int) -> bool:
    """Whether this is a quote, a dash or a sign where one may stand: letters on both sides only at ’."""
    char = text[place]
    if char == "’":
        return True
    between = text[place - 1 : place].isalpha() and text[place + 1 : place + 2].isalpha()
    return char in TYPOGRAPHY and not between
