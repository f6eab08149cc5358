"""When to warn. Nothing stops at these levels."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from budget.warning import set_warn_levels
from clayops.forms_budget import WarnForm
from clayops.views.budget.panel import PERMISSION, Panel, show
from clayops.web import Request


@require_POST
@permission_required(PERMISSION, raise_exception=True)
def warn(request: Request) -> HttpResponse:
    """Set the levels at which pages warn."""
    form = WarnForm(request.POST)
    if not form.is_valid():
        return show(request, Panel(request, warn=form), status=422)
    levels = form.cleaned_data["levels"]
    said = f"at {', '.join(map(str, levels))} %" if levels else "never"
    if set_warn_levels(levels, request.user):
        messages.success(request, f"Pages warn {said} from now on.")
    else:
        messages.info(request, f"Pages warn {said} already. Nothing was changed.")
    return redirect("budget")
