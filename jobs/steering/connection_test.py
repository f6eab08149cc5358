"""Trying a destination: whose key it is, and one row by the way that all rows take."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile

from clayops.clay import ClayError, KeyRejected, NotSent, TooFast
from jobs import intake, steering
from jobs.models import Destination, Job
from jobs.reading.format import Format
from jobs.sending import workspace

if TYPE_CHECKING:
    from django.contrib.auth.models import User

FORMAT = Format()


@dataclass(frozen=True)
class Answer:
    """What Clay says of our key. `text` says it, `advice` what to do."""

    good: bool
    text: str
    advice: str = ""


def ask_clay() -> Answer:
    """Ask Clay whose key we have: costs nothing."""
    try:
        me = workspace.clay().me()
    except ClayError as error:
        return Answer(False, str(error), _advice(error))
    who = f"{me.user_name} (user {me.user_id})" if me.user_name else f"user {me.user_id}"
    return Answer(True, f"Clay knows the key: it belongs to {who} in workspace {me.workspace_id}.")


def _advice(error: ClayError) -> str:
    match error:
        case KeyRejected():
            return "Make a new key in Clay’s settings, put it into CLAY_API_KEY, and start ClayOps again."
        case TooFast():
            return "Clay is asked too often just now. Wait a moment and test again."
        case NotSent():
            return "Look at the network of this machine, and at the address in CLAY_API_URL."
    return "Clay may have trouble just now. Wait a few minutes and test again."


def send_one(destination: Destination, file: bytes, by: "User") -> Job:
    """Make a job of one row and start it. Raises `Unreadable` or `NotPossible`; then nothing is kept."""
    name = f"Test of {destination.name}".replace("/", "-").replace("\\", "-")
    job = intake.read_upload(ContentFile(file, name=name), name, destination, by, wait=True)
    try:
        if job.format != FORMAT:
            intake.read_again(job, FORMAT)
        mapping = {each: index for index, each in enumerate(destination.input_names)}
        intake.set_up(job, mapping=mapping, constants={}, cleanups={}, leave_out=[], reuse_results=False)
        steering.jobs.start(job, by)
    except BaseException:
        steering.jobs.delete_draft(job, recorded=False)
        raise
    return job
