"""Guessing which column is which input, from the names."""

import re
from collections.abc import Sequence

SYNONYMS = {
    "email": "mail emailaddress workemail businessemail companyemail contactemail primaryemail",
    "full_name": "name fullname contact contactname person personname leadname displayname",
    "first_name": "firstname givenname forename first",
    "last_name": "lastname surname familyname last",
    "company": "companyname organization organisation account accountname employer business firm org",
    "company_name": "company organization organisation account accountname employer business firm org",
    "domain": "companydomain website companywebsite url web site homepage companyurl webdomain",
    "company_domain": "domain website companywebsite url web site homepage companyurl",
    "website": "domain companydomain companywebsite url web site homepage",
    "linkedin_url": "linkedin linkedinprofile linkedinprofileurl profileurl personlinkedin",
    "linkedin": "linkedinurl linkedinprofile linkedinprofileurl profileurl personlinkedin",
    "phone": "phonenumber telephone tel mobile mobilephone workphone directphone",
    "job_title": "title jobtitle position role",
    "title": "jobtitle position role",
    "country": "countrycode countryname nation",
    "city": "town location",
}


def plain(name: str) -> str:
    """A name without case, blanks and punctuation: "Work E-Mail" and "work_email" are alike."""
    return re.sub(r"[\W_]+", "", name.casefold())


def guess(inputs: Sequence[str], columns: Sequence[str]) -> dict[str, int]:
    """`{input: index of its column}`, each column used once; exact names first, then synonyms."""
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
    return mapping


def _exact(name: str, column: str) -> bool:
    return plain(name) == column


def _synonym(name: str, column: str) -> bool:
    return column in SYNONYMS.get(name.casefold().replace(" ", "_"), "").split()


def _contained(name: str, column: str) -> bool:
    """ "Email (work)" for `email`; short names would match anything."""
    return len(plain(name)) >= 5 and plain(name) in column
