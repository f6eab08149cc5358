"""Providers in every state, for browser tests and pictures."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from jobs.models import Destination
from providers import choosing, recording, steering
from providers.models import Provider, ProviderHour
from providers.terms import Attempt, Outcome
from providers.waterfall import Step, of_names
from tests.support import a_destination

NAMES = ["Prospeo", "FindyMail", "Hunter", "Apollo"]
MESSAGES = [
    "Hunter answered 503 (request 8f3a1c)",
    "Rate limit reached, try again in 30 s",
    "No answer within 8 s",
]


def feed(name: str, letters: str, ago: timedelta = timedelta(0)) -> None:
    """Outcomes by their letters, with costs and times that look like real ones."""
    made = []
    for place, letter in enumerate(letters):
        outcome = Outcome.of(letter)
        took = 8000 + place * 7 % 600 if letter == "x" else 240 + place * 37 % 900
        cost = Decimal(1) if letter == "s" else Decimal(0)
        error = MESSAGES[place % len(MESSAGES)] if letter == "x" else ""
        made.append(Attempt(name, outcome, cost, took, error))
    recording.record(made, timezone.now() - ago)


def providers_in_every_state(people: Destination) -> None:
    people.steps = of_names(NAMES)
    people.save()
    phones = a_destination("Mobile numbers of decision makers, worldwide")
    phones.steps = [Step("Hunter", on=False), Step("Apollo"), Step("Wiza")]
    phones.save()
    for name in NAMES:
        steering.add(name)
    feed("Prospeo", "sesssesssse" * 9 + "x")
    feed("FindyMail", "ssexsesesse" * 9)
    feed("Apollo", "sexsxesesx" * 10)
    feed("Hunter", "sexsxesxxx" * 10)
    feed("Wiza", "sese" * 3)
    feed("Find Their Mail, Worldwide Edition", "se" * 14)
    feed("Datagma", "x" * 40)
    recording.record([Attempt("RocketReach", Outcome.SUCCESS)] * 30)
    past = timezone.now() - timedelta(minutes=2)
    recording.record([Attempt("Clearbit", Outcome.ERROR)] * 25, past)
    choosing.choose([Step("Clearbit")])
    steering.pin(
        Provider.objects.get(name="wiza"), "in", None, "The only one for Japan, until the trial ends"
    )
    steering.pin(Provider.objects.get(name="rocketreach"), "out", None, "Too expensive")
    _history("hunter")


def _history(name: str) -> None:
    row = Provider.objects.get(name=name)
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    ProviderHour.objects.bulk_create(
        ProviderHour(
            provider=row,
            hour=now - timedelta(hours=back),
            success=(back * 7) % 40 + 5,
            empty=(back * 5) % 30,
            error=(back * 3) % 9,
            credits=Decimal((back * 7) % 40 + 5),
            priced=(back * 7) % 40 + 5,
            timed=10,
            latency_ms=6200,
        )
        for back in range(1, 24 * 30)
        if back % 24 < 17
    )
