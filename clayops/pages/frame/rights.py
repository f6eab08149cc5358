"""What a view asks before it acts: `@needs(STEER_JOBS, maker_of_job)`. Who may not gets 403, and why."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404

from clayops.pages.frame.web import Request
from clayops.people import rights
from jobs.models import Job, Submission
from jobs.models.deadletter import DeadLetterQuerySet
from jobs.review.filters import Filter

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)
View = Callable[Concatenate[Request, P], R]
Maker = Callable[..., int | None]
SAFE = {"GET", "HEAD"}


def needs(
    right: str, maker: Maker | None = None, *, seeing_is_free: bool = False
) -> Callable[[View[P, R]], View[P, R]]:
    """For a view: 403 for who has not this right, unless `maker` says that the thing is their own.

    With `seeing_is_free` the page itself is for everybody, and only what is posted is asked about.
    """

    def around(view: View[P, R]) -> View[P, R]:
        @wraps(view)
        def asked(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> R:
            if not (seeing_is_free and request.method in SAFE):
                made_by = maker(request, *args, **kwargs) if maker else None
                refuse(rights.why_not(request.user, right, made_by=made_by))
            return view(request, *args, **kwargs)

        return asked

    return around


def refuse(why: str) -> None:
    """Raise PermissionDenied with this sentence, which the page of the refusal shows; nothing for none."""
    if why:
        raise PermissionDenied(why)


def maker_of_job(_request: Request, pk: int, **_: object) -> int | None:
    """Who uploaded it; None for the shell. 404 where there is no such job."""
    return get_object_or_404(Job.objects.shown().only("created_by_id"), pk=pk).created_by_id


def maker_of_run(_request: Request, pk: int) -> int | None:
    """Who uploaded what it is a run of."""
    return get_object_or_404(Submission.objects.select_related("batch__job"), pk=pk).batch.job.created_by_id


def maker_of_letters(request: Request) -> int | None:
    """Who asks, where all letters of the filter are of their own jobs; None otherwise."""
    return maker_of(Filter.of(request.GET).letters(), request.user)


def maker_of(letters: DeadLetterQuerySet, user: User) -> int | None:
    """`user`, where all of these letters are of their own jobs; None otherwise."""
    others = letters.order_by().exclude(job__created_by=user.pk)
    return None if user.has_perm(rights.SEE_PERSONAL_DATA) or others.exists() else user.pk
