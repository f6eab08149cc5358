"""What somebody knows of a cause: everybody reads it where the cause is listed, and may change it."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from clayops.pages.frame.web import Request, page_shown, safe_next
from jobs.models import Cause


class NoteForm(forms.Form):
    """The note, and the one that was there when this page was made."""

    note = forms.CharField(
        label="Note",
        required=False,
        max_length=Cause.NOTE_LENGTH,
        help_text="What you know of it: who looks after it, what helped. Everybody sees it.",
        widget=forms.Textarea(attrs={"rows": 4, "data-focus": True}),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)


def _moment(cause: Cause) -> str:
    """By which a note that somebody else wrote meanwhile is noticed."""
    return cause.noted_at.isoformat() if cause.noted_at else ""


def _otherwise(cause: Cause) -> str:
    return f"{reverse('letters')}?cause={cause.pk}"


@require_http_methods(["GET", "HEAD", "POST"])
def note(request: Request, pk: int) -> HttpResponse:
    """Ask for it; then keep it."""
    cause = get_object_or_404(Cause.objects.select_related("destination", "note_by"), pk=pk)
    there = {"note": cause.note, "seen": _moment(cause)}
    form = NoteForm(request.POST) if request.method == "POST" else NoteForm(initial=there)
    back = safe_next(request, page_shown(request) or _otherwise(cause))
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["seen"] == _moment(cause):
            _keep(request, cause, form.cleaned_data["note"])
            return redirect(back)
        form = NoteForm({"note": form.cleaned_data["note"], "seen": _moment(cause)})
        who = cause.note_by or "Somebody"
        form.add_error("note", f"{who} has changed it meanwhile: “{cause.note}”. Save again to replace it.")
    context = {"cause": cause, "form": form, "back": back}
    return render(request, "deadletters/cause_note.html", context, status=422 if form.errors else 200)


def _keep(request: Request, cause: Cause, text: str) -> None:
    if not cause.write_note(text, request.user):
        messages.info(request, "The note says that already.")
    elif cause.note:
        messages.success(request, "The note is saved. It stays when these letters are gone.")
    else:
        messages.success(request, "The note is gone.")
