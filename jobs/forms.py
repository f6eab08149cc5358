"""Forms of an upload and of its mapping."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files import File
from django.http import QueryDict

from jobs.models import Destination, Job


class UploadForm(forms.Form):
    """Where the rows go, and the file that has them."""

    destination = forms.ModelChoiceField(
        Destination.objects.all(),
        error_messages={
            "required": "Choose where the rows go.",
            "invalid_choice": "This destination is gone. Choose another one.",
        },
    )
    file = forms.FileField(
        allow_empty_file=True,  # the reader has a sentence for that
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv,text/plain"}),
        error_messages={"required": "Choose a file.", "invalid": "Choose a file."},
    )

    def clean_file(self) -> "File[bytes]":
        file: "File[bytes]" = self.cleaned_data["file"]  # noqa: UP037  generic in the stubs only
        if (file.size or 0) > settings.MAX_UPLOAD_BYTES:
            megabytes = settings.MAX_UPLOAD_BYTES // 2**20
            raise forms.ValidationError(
                f"The file is larger than {megabytes} MB. Split it and upload the parts."
            )
        return file


def field_of(job: Job, name: str) -> str:
    """The form's name for an input: by position, as inputs may be called anything."""
    return f"input-{job.destination.input_names.index(name)}"


def mapping_from(job: Job, data: QueryDict) -> dict[str, int] | None:
    """`{input: column index}` as the page sent it; None where it sent no mapping at all.

    What is no number counts as no column; whether a column exists is the job's to say.
    """
    names = {name: field_of(job, name) for name in job.destination.input_names}
    if not any(field in data for field in names.values()):
        return None
    chosen: dict[str, Any] = {name: data.get(field, "") for name, field in names.items()}
    return {name: int(index) for name, index in chosen.items() if index.isascii() and index.isdigit()}
