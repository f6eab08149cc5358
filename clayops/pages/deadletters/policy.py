"""How dead letters are reviewed here: four eyes or two. Owners decide."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from clayops.pages.frame.web import Request
from jobs.models import ReviewPolicy


@require_POST
def four_eyes(request: Request) -> HttpResponse:
    """`wanted` is "yes" or anything else."""
    if not request.user.is_superuser:
        raise PermissionDenied("Only owners decide how dead letters are reviewed.")
    wanted = request.POST.get("wanted") == "yes"
    if ReviewPolicy.set_four_eyes(wanted, request.user):
        four = "From now on whoever retries must not be who approved."
        messages.success(request, four if wanted else "From now on one person may do both.")
    return redirect("settings")
