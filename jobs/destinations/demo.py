"""Demo content for the sandbox: a destination and a CSV to try it with."""

from decimal import Decimal

from jobs.models import Destination
from providers.waterfall import dumped, of_names

NAME = "Demo people"
ROWS = 60


def ensure_demo() -> None:
    """Create the destination on the very first run; one that was renamed or changed is left alone."""
    if Destination.objects.exists():
        return
    Destination.objects.create(
        name=NAME,
        routine_id="function:t_demo_people",
        inputs=[
            {"name": "full_name", "required": True},
            {"name": "company", "required": False},
            {"name": "domain", "required": False},
            {"name": "email", "required": False},
        ],
        credits_per_row=Decimal(2),
        waterfall=dumped(of_names(["prospeo", "findymail", "hunter", "apollo"])),
    )


def sample_csv() -> str:
    """Made-up people at made-up companies, the same each time."""
    from faker import Faker  # noqa: PLC0415  slow to load, and needed for the sample only

    fake = Faker("en_US")
    fake.seed_instance(2026)
    lines = ["Full Name,Company,Website,Work Email"]
    for _ in range(ROWS):
        first, last, company = (
            fake.first_name(),
            fake.last_name(),
            fake.company().replace(",", "").replace(" and ", " & "),
        )
        domain = "".join(c for c in company.lower() if c.isalnum()) + ".test"
        email = f"{first}.{last}@{domain}".lower() if fake.boolean(40) else ""
        lines.append(f"{first} {last},{company},{domain},{email}")
    return "\r\n".join(lines) + "\r\n"
