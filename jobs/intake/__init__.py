"""From an uploaded file to a draft job: sniff, check, count, preview, guess the mapping."""

from jobs.intake.draft import (
    PreviewRow,
    preview,
    read_again,
    read_path,
    read_upload,
    same_file,
    set_up,
    throw_away,
)
from jobs.reading.format import Unreadable

__all__ = [
    "PreviewRow",
    "Unreadable",
    "preview",
    "read_again",
    "read_path",
    "read_upload",
    "same_file",
    "set_up",
    "throw_away",
]
