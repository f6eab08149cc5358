"""What a column holds, told from its cells."""

import re
from collections.abc import Iterable, Mapping, Sequence

from jobs.reading.looks_like import DOMAIN, EMAIL, LONGEST, PHONE, URL

ENOUGH = 0.6
"""Share of a column's cells that must look alike."""
_LOOKS = {
    "email": EMAIL,
    "linkedin": re.compile(r"(https?://)?([a-z]+\.)?linkedin\.com/\S+", re.IGNORECASE),
    "web": URL,
    "domain": DOMAIN,
    "phone": PHONE,
}
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_WANTED = {
    "linkedin": re.compile(r".*linked_?in.*"),
    "email": re.compile(r"(?:\w+_)?(?:e_?)?mail(?:_address)?(?:_\d+)?"),
    "domain": re.compile(r"(?:\w+_)?domain(?:_name)?(?:_\d+)?"),
    "web": re.compile(r"(?:\w+_)?(?:website|web_site|web_address|homepage|url)(?:_\d+)?"),
    "phone": re.compile(r"(?:\w+_)?(?:phone|mobile|telephone)(?:_number)?(?:_\d+)?"),
}


def kind_of_input(name: str) -> str:
    """What an input wants, told from its name: "email" for `work_email`; empty where nothing is told."""
    plain = "_".join(_WORDS.findall(name)).lower()
    return next((kind for kind, look in _WANTED.items() if look.fullmatch(plain)), "")


def kind_of_cells(cells: Iterable[str]) -> str:
    """What most of the cells that are not blank look like; empty where they look like nothing known."""
    filled = [cell.strip()[:LONGEST] for cell in cells if cell.strip()]
    for kind, look in _LOOKS.items():
        if filled and sum(bool(look.fullmatch(cell)) for cell in filled) >= ENOUGH * len(filled):
            return kind
    return ""


FITS: Mapping[str, Sequence[str]] = {
    "email": ("email",),
    "linkedin": ("linkedin",),
    "web": ("web", "domain"),
    "domain": ("domain", "web"),
    "phone": ("phone",),
}
"""For what an input wants: what a column may hold, the best first: a domain can be cut out of a URL."""
