"""What the file is called."""

import re

from jobs.export.columns import ALL, Choice
from jobs.models import Job

_SUFFIX = re.compile(r"\.(csv|tsv|tab|txt|xlsx|xlsm|xls|ods)$", re.IGNORECASE)
_ODD = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')
"""What a file's name may not have on one system or another."""


def filename(job: Job, choice: Choice = ALL, kind: str = "csv") -> str:
    """`leads.csv` becomes `leads-enriched.csv`; of its dead rows only, `leads-dead.csv`."""
    stem = _ODD.sub("-", _SUFFIX.sub("", job.name)).strip(" .-")
    return f"{stem or 'rows'}-{(choice.state or 'enriched').replace('_', '-')}.{kind}"
