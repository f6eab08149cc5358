"""The form of an upload."""

from django import forms
from django.conf import settings
from django.core.files import File

from jobs.models import Destination

ACCEPTED = ".csv,.tsv,.txt,.xlsx,.ods,text/csv,text/tab-separated-values,text/plain"
"""What the browser offers to pick; what a file is, its content says."""


class UploadForm(forms.Form):
    """Where the rows go, and the file that has them."""

    destination = forms.ModelChoiceField(
        Destination.objects.open(),
        error_messages={
            "required": "Choose where the rows go.",
            "invalid_choice": "This destination is gone or archived. Choose another one.",
        },
    )
    file = forms.FileField(
        allow_empty_file=True,  # the reader has a sentence for that
        error_messages={"required": "Choose a file.", "invalid": "Choose a file."},
    )

    def clean_file(self) -> "File[bytes]":
        if (count := len(self.files.getlist("file"))) > 1:
            raise forms.ValidationError(f"These are {count} files. Upload one at a time: each becomes a job.")
        file: "File[bytes]" = self.cleaned_data["file"]  # noqa: UP037  generic in the stubs only
        if (file.size or 0) > settings.MAX_UPLOAD_BYTES:
            megabytes = settings.MAX_UPLOAD_BYTES // 2**20
            raise forms.ValidationError(
                f"The file is larger than {megabytes} MB. Split it and upload the parts."
            )
        return file
