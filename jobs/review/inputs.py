"""What Clay gets of a row, beside what was uploaded."""

from dataclasses import dataclass

from jobs.models import Job, Row
from jobs.review import editing


@dataclass(frozen=True)
class Input:
    """One input of a row: as it would be sent now, and as it was uploaded."""

    name: str
    text: str
    original: str

    @property
    def is_edited(self) -> bool:
        return self.text != self.original


def inputs_of(job: Job, row: Row) -> list[Input]:
    """Every input that the job fills."""
    uploaded = editing.original(job, row)
    return [Input(name, text, uploaded.get(name, "")) for name, text in job.inputs_of(row).items()]
