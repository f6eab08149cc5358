"""A product on a bad day: stuck runs, more jobs, causes and providers than a glance takes in."""

from datetime import timedelta

from django.utils import timezone

from jobs.models import (
    BatchState,
    Charge,
    Destination,
    Hold,
    Proof,
    RowState,
    RunState,
    Submission,
    Trouble,
)
from tests.heartbeats import sign_on
from tests.pages.providers.provider_data import providers_in_every_state
from tests.support import a_letter, a_run, csv_of, running

CAUSES = [
    ("Clay answered 400: the input “domain” is not a domain", Charge.NO),
    ("No answer within 30 s; the rows may have been sent", Charge.POSSIBLY),
    (
        "Clay answered 422: this function takes no input “Linkedin Url of the person”",
        Charge.NO,
    ),
    ("Run ended as failed: every provider of the waterfall was out of credits", Charge.YES),
    ("Clay answered 404: no such function", Charge.NO),
    ("Clay answered 500", Charge.POSSIBLY),
]


def stuck_runs(people: Destination, count: int) -> list[Submission]:
    """Runs of two rows each, out for an hour: run_0, run_1, …"""
    Destination.objects.filter(pk=people.pk).update(batch_size=2)
    job = running(Destination.objects.get(pk=people.pk), csv_of(2 * count), "stuck.csv")
    now = timezone.now()
    job.batches.update(state=BatchState.IN_FLIGHT)
    job.rows.update(state=RowState.IN_FLIGHT, proof=Proof.SENT)
    hour, half = now - timedelta(hours=1), now - timedelta(minutes=30)
    stuck = {"closed_at": hour, "timeout_at": half, "trouble": Trouble.STUCK, "trouble_since": half}
    return [
        a_run(batch, hour, run_id=f"run_{number}", **stuck)
        for number, batch in enumerate(job.batches.order_by("number"))
    ]


def come_home(run: Submission) -> None:
    """As when its results are in."""
    Submission.objects.filter(pk=run.pk).update(
        run_state=RunState.FINISHED, finished_at=timezone.now(), trouble="", run_finished=2
    )


def a_bad_day(people: Destination) -> None:
    """Eight alerts, three of them of stuck runs."""
    sign_on("lanes", "results", "work", "long")
    providers_in_every_state(people)
    stuck_runs(people, 3)
    for number in range(6):
        running(people, csv_of(120), name=f"webinar-leads-of-the-whole-quarter-{number}.csv")
    job = running(people, csv_of(40), name="dead.csv")
    for number, (cause, charge) in enumerate(CAUSES):
        a_letter(job, [2 * number + 1, 2 * number + 2], cause, charge)
    for number in range(4):
        reject_key(f"Mobile numbers {number}")


def reject_key(name: str) -> None:
    """A destination with an alert."""
    Destination.objects.create(name=name, inputs=["email"], hold=Hold.KEY_REJECTED, hold_since=timezone.now())
