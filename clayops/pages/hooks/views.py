"""Where Clay calls us. Nobody is signed in: the signature is who they are."""

import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from clayops.base import origin
from clayops.clay import signature
from jobs.models import Heard, HookDelivery
from jobs.results import hooks

logger = logging.getLogger(__name__)

_ANSWERS = {
    Heard.TEST: "The test delivery has come.",
    Heard.KNOWN: "The run's results are fetched now.",
    Heard.UNKNOWN: "No run of ours has this id; nothing is done.",
    Heard.REPEATED: "This call has come before; nothing more is done.",
}


@csrf_exempt
@login_not_required
@require_POST
def run_finished(request: HttpRequest) -> HttpResponse:
    """Clay's run-finished webhook: answered before Clay is asked for anything."""
    if not settings.CLAY_WEBHOOK_SECRET:
        return _say(404, "The run-finished webhook is not set up here.")
    if _is_too_long(request):
        return _refuse(413, f"A call may have {signature.MAX_BYTES:,} bytes.")
    try:
        body = request.body
    except UnreadablePostError:
        return _say(400, "The body did not come whole.")
    told = request.headers.get(signature.HEADER, "")
    if not signature.is_genuine(body, told, settings.CLAY_WEBHOOK_SECRET):
        return _refuse(401, "The signature is missing or wrong.")
    try:
        call = signature.read_call(body)
    except signature.Nonsense as error:
        logger.warning("A signed call of Clay's cannot be understood: %s", error)
        return _refuse(400, str(error))
    return _say(200, _ANSWERS[hooks.take(call)])


def _is_too_long(request: HttpRequest) -> bool:
    """By what is told: of more than is told Django reads nothing, and of this no byte has been read yet."""
    told = str(request.META.get("CONTENT_LENGTH") or "0")
    return not (told.isascii() and told.isdecimal()) or int(told[:12]) > signature.MAX_BYTES


def _refuse(status: int, sentence: str) -> HttpResponse:
    origin.note("hook refused", status=status, why=sentence)
    HookDelivery.note_refused(timezone.now())
    return _say(status, sentence)


def _say(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", content_type="text/plain; charset=utf-8", status=status)
