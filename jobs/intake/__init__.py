"""From an uploaded file to a draft job: sniff, check, count, preview, guess the mapping."""

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
