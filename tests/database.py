"""The database of a test process: emptied where something was written, and audited with one look."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.utils import timezone

from jobs.models import UNSETTLED, RowState
from jobs.upkeep import audit, credit_audit

KEPT = {Permission._meta.db_table, ContentType._meta.db_table}
"""What migrations put there; nothing in the product writes it."""

UNSENT = """
select exists (select 1 from jobs_submission) or exists (select 1 from jobs_deadletter)
  or exists (select 1 from budget_entry) or exists (
    select 1 from jobs_row r
    join jobs_job j on j.id = r.job_id left join jobs_batch b on b.id = r.batch_id
    where j.deleted_at is null and not (
      r.letter_id is null and r.reused_from_id is null and (
        (r.state = 'waiting' and b.state = 'waiting' and j.state not in ('done', 'cancelled'))
        or (r.state = 'skipped' and r.error <> '')
      )
    )
  )
"""
"""Whether anything was sent, failed or paid for, or a row does other than wait."""


def _listed(states: Iterable[str]) -> str:
    return ", ".join(f"'{state}'" for state in states)


WHOLE = f"""
select exists (
    select 1 from jobs_job j
    left join (
      select job_id, count(*) as stored, max(number) as last,
        sum(case when state in ({_listed(UNSETTLED)}) then 1 else 0 end) as unsettled,
        sum(case when state in ({_listed(RowState.values)}) then 0 else 1 end) as unknown
      from jobs_row group by job_id
    ) r on r.job_id = j.id
    where j.deleted_at is null and not (
      coalesce(r.unknown, 0) = 0
      and coalesce(r.stored, 0) = j.ingested_rows and coalesce(r.last, 0) = j.ingested_rows
      and case when j.ingested_at is null then j.state in ('draft', 'ready', 'held')
          else j.ingested_rows = j.row_count and (j.state <> 'done' or coalesce(r.unsettled, 0) = 0) end
    )
  )
"""  # noqa: S608
"""Whether a job's numbers are off."""

_asked: list[tuple[str, tuple[Any, ...]]] = []
"""What the audit asks of all rows at once, as it asked it the first time; moments as distance from now."""


def findings() -> list[str]:
    """What the audit finds. It is asked only where a look or two do not show that there is nothing to find.

    The audit's questions are the same each time, and most of their cost is Django putting them into SQL:
    after the first time they are asked as one, whether any has an answer.
    """
    if not _any(WHOLE):
        if not _any(UNSENT):
            return []
        if _asked and not _any(*_as_one()) and not list(audit._sent_twice()):
            return []
    if not _asked:
        _asked.extend(_questions())
    return list(audit.findings())


def _any(sql: str, params: tuple[Any, ...] = ()) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return any(cursor.fetchone())


def _as_one() -> tuple[str, tuple[Any, ...]]:
    now, adapted = timezone.now(), connection.ops.adapt_datetimefield_value
    sql = "select " + ", ".join(f"exists ({question})" for question, _ in _asked)
    params = [value for _, each in _asked for value in each]
    return sql, tuple(adapted(now - value) if isinstance(value, timedelta) else value for value in params)


def _questions() -> list[tuple[str, tuple[Any, ...]]]:
    """The statements of those parts of the audit that do not go job by job."""
    heard: list[tuple[str, tuple[Any, ...]]] = []
    now = timezone.now()

    def hear(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        heard.append((sql, tuple(_distance(value, now) for value in params or ())))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(hear):
        found = [*audit._states(), *audit._letters(), *audit._proofs(), *credit_audit.findings()]
    return [] if found else heard  # what was found was asked for by name, in statements of its own


def _distance(value: Any, now: datetime) -> Any:
    """A moment (SQLite gets it as text) becomes its distance from now; all else stays."""
    if isinstance(value, str) and len(value) >= 19 and value[:4].isdecimal():
        value = datetime.fromisoformat(value).replace(tzinfo=now.tzinfo)
    return now - value if isinstance(value, datetime) else value


def empty() -> None:
    """Delete what a test committed: from the tables that have rows, which are few of all.

    Django's own flush deletes from each table, and then makes each permission anew.
    """
    with transaction.atomic(), connection.cursor() as cursor:  # foreign keys are checked at its end
        cursor.execute(_filled())
        for (table,) in cursor.fetchall():
            cursor.execute(f"delete from {connection.ops.quote_name(table)}")  # noqa: S608


@cache
def _filled() -> str:
    """SQL for the names of the tables that have rows."""
    models = apps.get_models(include_auto_created=True)
    tables = sorted({model._meta.db_table for model in models if model._meta.managed} - KEPT)
    quote = connection.ops.quote_name
    each = (f"select '{name}' where exists (select 1 from {quote(name)})" for name in tables)  # noqa: S608
    return " union all ".join(each)
