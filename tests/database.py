"""The database of a test process: emptied where something was written, and audited with one look."""

from functools import cache

from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from jobs.upkeep import audit

KEPT = {Permission._meta.db_table, ContentType._meta.db_table}
"""What migrations put there; nothing in the product writes it."""

INNOCENT = """
select
  exists (select 1 from jobs_submission) or exists (select 1 from jobs_deadletter)
  or exists (select 1 from budget_entry),
  exists (
    select 1 from jobs_row r
    join jobs_job j on j.id = r.job_id left join jobs_batch b on b.id = r.batch_id
    where j.deleted_at is null and not (
      r.letter_id is null and r.reused_from_id is null and (
        (r.state = 'waiting' and b.state = 'waiting' and j.state not in ('done', 'cancelled'))
        or (r.state = 'skipped' and r.error <> '')
      )
    )
  ),
  exists (
    select 1 from jobs_job j
    left join (
      select job_id, count(*) as stored, max(number) as last from jobs_row group by job_id
    ) r on r.job_id = j.id
    where j.deleted_at is null and not (
      coalesce(r.stored, 0) = j.ingested_rows and coalesce(r.last, 0) = j.ingested_rows
      and case when j.ingested_at is null then j.state in ('draft', 'ready', 'held')
          else j.ingested_rows = j.row_count end
    )
  )
"""
"""Whether anything was sent, failed or paid for; whether a row does other than wait; whether a job's numbers
are off. Where all three are false, nothing of what the audit looks for can be."""


def findings() -> list[str]:
    """What the audit finds. It is asked only where one look does not show that there is nothing to find."""
    with connection.cursor() as cursor:
        cursor.execute(INNOCENT)
        if not any(cursor.fetchone()):
            return []
    return list(audit.findings())


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
