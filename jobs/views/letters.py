"""Dead letters: what failed and why. Reviewing them has pages of its own."""

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from clayops.web import page_of
from jobs.models import DeadLetter, LetterState, Row
from jobs.views.rows import line_of

SIZE = 50
ROWS = 50


@require_safe
def letters(request: HttpRequest) -> HttpResponse:
    """Letters of one state (`?state=`, open where none is named), of one cause (`?cause=`)."""
    state, cause = request.GET.get("state", LetterState.OPEN), request.GET.get("cause", "")
    chosen = state if state in LetterState.values else LetterState.OPEN.value
    found = DeadLetter.objects.shown().filter(state=chosen)
    if cause:
        found = found.filter(cause_group=cause)
    by_state = dict(DeadLetter.objects.shown().order_by().values_list("state").annotate(n=Count("pk")))
    filters = [(value, word, by_state.get(value, 0)) for value, word in LetterState.choices]
    page = page_of(request, found.with_rows(), "-id", SIZE)
    context = {
        "page": page,
        "filters": filters,
        "chosen": chosen,
        "cause": cause,
        "total": sum(by_state.values()),
    }
    return render(request, "deadletters/letters.html", context)


@require_safe
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """One letter: its rows, and every attempt to send its batch."""
    found = get_object_or_404(
        DeadLetter.objects.shown().select_related("job__destination", "batch", "submission"), pk=pk
    )
    page = page_of(request, Row.objects.filter(letter=found), "number", ROWS)
    context = {
        "letter": found,
        "row_count": found.rows.count(),
        "page": page,
        "lines": [line_of(found.job, row) for row in page.items],
        "submissions": found.batch.submissions.all(),
    }
    return render(request, "deadletters/letter.html", context)
