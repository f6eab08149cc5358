"""When to warn. Nothing stops at these levels."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from budget.steering.warning_levels import set_warn_levels
from clayops.pages.budget.limits.forms import WarnForm
from clayops.pages.budget.limits.panel import PERMISSION, Panel, show
from clayops.pages.frame.rights import needs
from clayops.pages.frame.web import Request, takes_post


@takes_post(lambda: reverse("budget-limit"))
@needs(PERMISSION)
def warn(request: Request) -> HttpResponse:
    """Set the levels at which pages warn."""
    form = WarnForm(request.POST)
    if not form.is_valid():
        panel = Panel(request, warn=form)
        return _alone(request, panel, status=422) if request.htmx else show(request, panel, status=422)
    levels = form.cleaned_data["levels"]
    words = f"at {', '.join(map(str, levels))} %" if levels else "never"
    if set_warn_levels(levels, request.user):
        level, said = messages.SUCCESS, f"Pages warn {words} from now on."
    else:
        level, said = messages.INFO, f"Pages warn {words} already. Nothing was changed."
    if request.htmx:
        look = "good" if level == messages.SUCCESS else "info"
        return _alone(request, Panel(request), said=said, said_level=look)
    messages.add_message(request, level, said)
    return redirect("budget")


def _alone(request: Request, panel: Panel, status: int = 200, **said: str) -> HttpResponse:
    """The panel of the warnings without its page: what is typed elsewhere on that stays."""
    return render(
        request, "budget/limits/partials/warning_levels.html", {"panel": panel, **said}, status=status
    )
