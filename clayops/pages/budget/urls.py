"""Addresses of the budget."""

from datetime import date

from django.urls import path, register_converter

from clayops.pages.budget import views
from clayops.pages.budget.ledger import decisions, one_line
from clayops.pages.budget.ledger import views as ledger
from clayops.pages.budget.limits import requests, warning_levels
from clayops.pages.budget.limits import views as limits


class DayConverter:
    """A day as 2026-11-24."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(DayConverter, "day")

urlpatterns = [
    path("budget", views.budget, name="budget"),
    path("budget/live", views.live, name="budget-live"),
    path("budget/day/<day:day>", views.day, name="budget-day"),
    path("budget/ledger", ledger.ledger, name="budget-ledger"),
    path("budget/ledger.csv", ledger.download, name="budget-ledger-csv"),
    path("budget/ledger/decide", decisions.decide_many, name="budget-decide-many"),
    path("budget/ledger/<int:pk>", one_line.line, name="budget-line"),
    path("budget/ledger/<int:pk>/decide", decisions.decide, name="budget-decide"),
    path("budget/limit", limits.limit, name="budget-limit"),
    path("budget/limit/preview", limits.preview, name="budget-limit-preview"),
    path("budget/limits", limits.limits, name="budget-limits"),
    path("budget/warn", warning_levels.warn, name="budget-warn"),
    path("budget/ask", requests.ask, name="budget-ask"),
    path("budget/asked/<int:pk>/grant", requests.grant, name="budget-grant"),
    path("budget/asked/<int:pk>/decline", requests.decline, name="budget-decline"),
    path("budget/asked/<int:pk>/withdraw", requests.withdraw, name="budget-withdraw"),
    path("budget/check", limits.close_breaker, name="breaker-close"),
]
