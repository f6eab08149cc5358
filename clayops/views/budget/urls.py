"""Addresses below /budget."""

from datetime import date

from django.urls import path, register_converter

from clayops.views.budget import asking, decide, ledger, limit, line, overview, warn


class DayConverter:
    """A day as 2026-11-24."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(DayConverter, "day")

urlpatterns = [
    path("live", overview.live, name="budget-live"),
    path("day/<day:day>", overview.day, name="budget-day"),
    path("ledger", ledger.ledger, name="budget-ledger"),
    path("ledger.csv", ledger.download, name="budget-ledger-csv"),
    path("ledger/decide", decide.decide_many, name="budget-decide-many"),
    path("ledger/<int:pk>", line.line, name="budget-line"),
    path("ledger/<int:pk>/decide", decide.decide, name="budget-decide"),
    path("limit", limit.limit, name="budget-limit"),
    path("limit/preview", limit.preview, name="budget-limit-preview"),
    path("limits", limit.limits, name="budget-limits"),
    path("warn", warn.warn, name="budget-warn"),
    path("ask", asking.ask, name="budget-ask"),
    path("asked/<int:pk>/grant", asking.grant, name="budget-grant"),
    path("asked/<int:pk>/decline", asking.decline, name="budget-decline"),
    path("asked/<int:pk>/withdraw", asking.withdraw, name="budget-withdraw"),
    path("check", limit.close_breaker, name="breaker-close"),
]
