"""Made-up people: what the sandbox finds for a row is a pure function of its settings and the row.

All addresses end in .example or .test; all phone numbers are of the range kept for fiction (555 01xx).
"""

import hashlib
import json
import random
import re
import threading
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any

from clayops.sandbox import waterfall
from clayops.sandbox.knobs import Knobs

if TYPE_CHECKING:
    from faker import Faker

FAILURES = (
    "The company could not be identified from the inputs.",
    "The enrichment timed out after 3 attempts.",
    "A provider answered with something unexpected.",
    "The row ran into an internal error and was stopped.",
)
SENIORITIES = ("Intern", "Junior", "Senior", "Lead", "Manager", "Director", "VP", "C-level")
FUNCTIONS = (
    "Sales",
    "Marketing",
    "Revenue Operations",
    "Product",
    "Engineering",
    "Finance",
    "Customer Success",
    "People",
)
INDUSTRIES = (
    "Software",
    "Logistics",
    "Manufacturing",
    "Health care",
    "Retail",
    "Energy",
    "Education",
    "Insurance",
)
SIZES = ("1-10", "11-50", "51-200", "201-500", "501-1000", "1001-5000", "5001-10000")
COUNTRIES = (
    "United States",
    "Canada",
    "United Kingdom",
    "Germany",
    "France",
    "Netherlands",
    "Spain",
    "Sweden",
    "Japan",
)
AREAS = (202, 212, 303, 312, 404, 415, 512, 617, 646, 713)

_lock = threading.Lock()


def outcome(knobs: Knobs, item: dict[str, Any]) -> dict[str, Any]:
    """The run result item (contract: RunResultItem) for `{"id", "inputs"}`."""
    row = _Row(knobs, item["inputs"])
    if row.dice("fails").random() < knobs.fail_rate:
        message = row.dice("failure").choice(FAILURES)
        return {"id": item["id"], "status": "failed", "error": {"message": message}}
    return {"id": item["id"], "status": "complete", "result": row.result()}


class _Row:
    """One row's inputs. The lists of providers are no part of who the person is."""

    def __init__(self, knobs: Knobs, inputs: dict[str, Any]) -> None:
        self.knobs = knobs
        self.providers = waterfall.providers(knobs, inputs)
        steering = {knobs.use_input, knobs.skip_input}
        self.inputs = {_plain(name): value for name, value in inputs.items() if name not in steering}
        self.identity = json.dumps([knobs.seed, self.inputs], sort_keys=True)

    def dice(self, purpose: str) -> random.Random:
        """A generator of this row's own for one purpose, so that no result depends on another's luck."""
        return random.Random(hashlib.sha256(f"{self.identity}/{purpose}".encode()).digest())

    def given(self, *names: str) -> str:
        """The first of these inputs that has text."""
        texts = (str(self.inputs.get(name) or "").strip() for name in names)
        return next((text for text in texts if text), "")

    def result(self) -> dict[str, Any]:
        name, company = self.name(), self.company()
        domain = self.domain(company)
        attempts = waterfall.attempts(self.knobs, self.providers, self.dice)
        found = next((one["provider"] for one in attempts if one["status"] == "success"), None)
        dice = self.dice("facts")
        seniority = dice.choice(SENIORITIES)
        told = {}
        if self.dice("credits").random() < self.knobs.report_credits:
            told["credits"] = round(1 + sum(attempt["credits"] for attempt in attempts), 2)
        return {
            "work_email": _address(name, domain, dice.randrange(3)) if found else None,
            "email_provider": found,
            "phone": f"+1 {dice.choice(AREAS)} 555 01{dice.randrange(100):02}"
            if dice.random() < 0.6
            else None,
            "job_title": _title(seniority, dice.choice(FUNCTIONS)),
            "seniority": seniority,
            "linkedin_url": f"https://linkedin.example/in/{_slug(name, '-')}-{dice.randrange(16**4):04x}",
            "company_domain": domain,
            "company_size": dice.choice(SIZES),
            "industry": dice.choice(INDUSTRIES),
            "country": dice.choice(COUNTRIES),
            "provider_attempts": attempts,
            **told,
        }

    def name(self) -> str:
        first, last = self.given("firstname", "givenname"), self.given("lastname", "surname")
        whole = self.given("fullname", "name", "contactname", "person") or f"{first} {last}".strip()
        return whole or self.invented("name")

    def company(self) -> str:
        return self.given("company", "companyname", "organization", "account") or self.invented("company")

    def domain(self, company: str) -> str:
        """The domain given, made harmless: acme.com becomes acme.example."""
        told = self.given("domain", "companydomain", "website", "url")
        if not told and not self.given("company", "companyname", "organization", "account"):
            told = self.given("email", "workemail").rpartition("@")[2]
        host = re.sub(r"^(https?://)?(www\.)?", "", told.lower()).split("/")[0]
        if re.fullmatch(r"[a-z0-9.-]+\.(example|test)", host):
            return host
        return f"{_slug(host.split('.')[0] or company, '') or 'company'}.example"

    def invented(self, what: str) -> str:
        with _lock:
            fake = _faker()
            fake.seed_instance(self.dice(what).getrandbits(64))
            return f"{fake.first_name()} {fake.last_name()}" if what == "name" else str(fake.company())


@cache
def _faker() -> "Faker":
    from faker import Faker  # noqa: PLC0415  slow to load, and needed only where somebody is made up

    return Faker("en_US")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _slug(text: str, joint: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return joint.join(re.findall(r"[a-z0-9]+", ascii_text))


def _address(name: str, domain: str, style: int) -> str:
    words = _slug(name, " ").split() or ["info"]
    first, last = words[0], words[-1]
    local = first if len(words) == 1 else (f"{first}.{last}", f"{first[0]}{last}", first)[style]
    return f"{local}@{domain}"


def _title(seniority: str, function: str) -> str:
    if seniority == "C-level":
        return f"Chief {function} Officer"
    if seniority in {"Director", "VP"}:
        return f"{seniority} of {function}"
    return f"{function} Manager" if seniority == "Manager" else f"{seniority}, {function}"
