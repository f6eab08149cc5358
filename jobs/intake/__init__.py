"""From an uploaded file to a draft job, and from a started draft to rows: sniff, map, check, decide, store.

Bytes come in; a draft with findings, then rows and batches in the database, go out. Promise 1 begins here.
"""

from jobs.intake.draft import (
    PreviewRow,
    guess_again,
    preview,
    read_again,
    read_path,
    read_upload,
    same_file,
    set_up,
)
from jobs.intake.files import throw_away
from jobs.reading.format import Unreadable

__all__ = [
    "PreviewRow",
    "Unreadable",
    "guess_again",
    "preview",
    "read_again",
    "read_path",
    "read_upload",
    "same_file",
    "set_up",
    "throw_away",
]
