"""From an uploaded file to a draft job: sniff, check, count, preview, guess the mapping."""

from jobs.intake.draft import PreviewRow, preview, read_path, read_upload
from jobs.reading.sniff import Unreadable

__all__ = ["PreviewRow", "Unreadable", "preview", "read_path", "read_upload"]
