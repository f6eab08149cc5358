"""Signs of life, for load balancers, watchdogs and Prometheus. Nobody signs in for them."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.log import log_response
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from clayops.pages.frame import metrics_token
from clayops.pages.health import checkup
from clayops.pages.health.metrics import requests
from clayops.pages.health.metrics.totals import Standing


@login_not_required
@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 where database, Redis, the workers of every queue and the scheduler are well; else 503 and why."""
    reasons = checkup.reasons()
    status = "unwell" if reasons else "well"
    answer = JsonResponse({"status": status, "reasons": reasons}, status=503 if reasons else 200)
    # else Django logs each 503 as an error of its own
    log_response("Asked how it is: %s", status, response=answer, request=request, level="info")
    return answer


@login_not_required
@require_safe
@never_cache
def web(_request: HttpRequest) -> HttpResponse:
    """The web process answers; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """In Prometheus' text format, for who has the token."""
    if not metrics_token.is_allowed(request.headers.get("Authorization", "")):
        answer = HttpResponse("The token is missing or wrong.\n", content_type="text/plain", status=401)
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    registry = CollectorRegistry()
    registry.register(Standing())
    requests.register(registry)
    encode, kind = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), content_type=kind)
