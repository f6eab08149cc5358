"""Guessing which column is which input, and how its cells are best cleaned up."""

import re
from collections.abc import Mapping, Sequence

from jobs.mapping.content import FITS, kind_of_cells, kind_of_input

SYNONYMS = {
    "email": "mail emailaddress workemail businessemail companyemail contactemail primaryemail "
    "correo courriel",
    "full_name": "name fullname contact contactname person personname leadname displayname",
    "first_name": "firstname givenname forename first vorname prénom prenom nombre nome",
    "last_name": "lastname surname familyname last nachname nom apellido apellidos cognome",
    "company": "companyname organization organisation account accountname employer business firm org "
    "firma unternehmen société societe entreprise empresa azienda",
    "company_name": "company organization organisation account accountname employer business firm org "
    "firma unternehmen société societe entreprise empresa azienda",
    "domain": "companydomain website companywebsite url web site homepage companyurl webdomain",
    "company_domain": "domain website companywebsite url web site homepage companyurl",
    "website": "domain companydomain companywebsite url web site homepage",
    "linkedin_url": "linkedin linkedinprofile linkedinprofileurl profileurl personlinkedin",
    "linkedin": "linkedinurl linkedinprofile linkedinprofileurl profileurl personlinkedin",
    "phone": "phonenumber telephone tel mobile mobilephone workphone directphone",
    "job_title": "title jobtitle position role",
    "title": "jobtitle position role",
    "country": "countrycode countryname nation land pays país pais paese",
    "city": "town location stadt ort ville ciudad città",
}


def plain(name: str) -> str:
    """A name without case, blanks and punctuation: "Work E-Mail" and "work_email" are alike."""
    return re.sub(r"[\W_]+", "", name.casefold())


def guess(
    inputs: Sequence[str], columns: Sequence[str], samples: Sequence[Sequence[str]] = ()
) -> dict[str, int]:
    """`{input: index of its column}`: exact names first, then synonyms, parts of names, and what cells hold.

    Each column is used once.
    """
    names = [plain(column) for column in columns]
    mapping: dict[str, int] = {}
    for wanted in (_exact, _synonym, _contained):
        for name in inputs:
            if name in mapping:
                continue
            free = [index for index in range(len(names)) if names[index] and index not in mapping.values()]
            match = next((index for index in free if wanted(name, names[index])), None)
            if match is not None:
                mapping[name] = match
    _by_content(inputs, len(names), samples, mapping)
    return {name: mapping[name] for name in inputs if name in mapping}


def suggest_cleanups(mapping: Mapping[str, int], samples: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    """Blanks are always trimmed; a domain is cut out where its column holds addresses."""
    found = {}
    for name, index in mapping.items():
        to_cut = kind_of_input(name) == "domain" and _kind_at(samples, index) in {"web", "email", "linkedin"}
        found[name] = ["trim", "domain"] if to_cut else ["trim"]
    return found


def _by_content(
    inputs: Sequence[str], width: int, samples: Sequence[Sequence[str]], mapping: dict[str, int]
) -> None:
    """Add inputs that no name has told, where a free column's cells look right."""
    wanting = [name for name in inputs if name not in mapping and kind_of_input(name)]
    if not wanting or not samples:
        return
    kinds = {index: _kind_at(samples, index) for index in range(width)}
    for name in wanting:
        free = {kind: at for at, kind in reversed(kinds.items()) if kind and at not in mapping.values()}
        fit = next((kind for kind in FITS[kind_of_input(name)] if kind in free), None)
        if fit:
            mapping[name] = free[fit]


def _kind_at(samples: Sequence[Sequence[str]], index: int) -> str:
    return kind_of_cells(cells[index] for cells in samples if index < len(cells))


def _exact(name: str, column: str) -> bool:
    return plain(name) == column


def _synonym(name: str, column: str) -> bool:
    return column in SYNONYMS.get(name.casefold().replace(" ", "_"), "").split()


def _contained(name: str, column: str) -> bool:
    """ "Email (work)" for `email`; short names would match anything."""
    return len(plain(name)) >= 5 and plain(name) in column
