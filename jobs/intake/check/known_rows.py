"""Rows of other jobs that are alike: enriched at the same destination before, or on their way to it."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from jobs.models import UNSETTLED, Finding, Job, Row, RowState

AT_ONCE = 900
"""Keys per query: SQLite took at most 999 parameters before 3.32."""
REMEMBERED = 10_000
_BEFORE, _WAITING = Finding.ENRICHED_BEFORE.bit, Finding.WAITING_ELSEWHERE.bit
Known = tuple[int, int]
"""The bits of what is known of a key, and the row whose result could be taken (0: none)."""
NOTHING: Known = (0, 0)


class Earlier:
    """What the destination's other jobs know of keys, as of now."""

    def __init__(self, job: Job) -> None:
        self._jobs = Job.objects.shown().filter(destination=job.destination_id).exclude(pk=job.pk).order_by()
        days_ago = timezone.now() - timedelta(days=job.reuse_days)
        self._since = max(days_ago, job.destination.routine_since)
        self._often: dict[int, Known] = {}
        self.empty = not Row.objects.filter(job__in=self._jobs).exists()

    def look_up(self, keys: Sequence[int]) -> dict[int, Known]:
        """What is known of these keys (at most `AT_ONCE`); a key that is not in the answer is new."""
        asked = [key for key in keys if key not in self._often]
        found = {key: self._often[key] for key in keys if key in self._often}
        if not asked or not (hits := sorted(self._keys(self._rows(asked)))):
            return found
        before, waiting = self._before(hits), self._waiting(hits)
        for key in hits:
            bits = (_BEFORE if key in before else 0) | (_WAITING if key in waiting else 0)
            found[key] = (bits, before.get(key, 0))
        return found

    def remember(self, key: int, known: Known) -> None:
        """Keep the answer for a key that comes again and again: it may stand for a million rows."""
        if len(self._often) < REMEMBERED:
            self._often[key] = known

    def _rows(self, keys: Sequence[int]) -> QuerySet[Row, Row]:
        """Rows with these keys. Without statistics SQLite would rather walk all rows of the destination
        than use the index on `key`: the sum keeps it from that."""
        of = Row.objects.order_by().annotate(of=F("job_id") + 0)
        return of.filter(key__in=keys, of__in=self._jobs.values("pk"))

    def _before(self, keys: Sequence[int]) -> dict[int, int]:
        """Of each key the newest row that was enriched in the last `reuse_days`, by the same routine."""
        rank = Window(
            RowNumber(), partition_by=[F("key")], order_by=[F("enriched_at").desc(), F("pk").desc()]
        )
        enriched = self._rows(keys).filter(state=RowState.ENRICHED, enriched_at__gte=self._since)
        newest = enriched.annotate(rank=rank).filter(rank=1).values_list("key", "pk")
        return {key: pk for key, pk in newest if key is not None}

    def _waiting(self, keys: Sequence[int]) -> set[int]:
        return self._keys(self._rows(keys).filter(state__in=UNSETTLED))

    def _keys(self, rows: QuerySet[Row, Row]) -> set[int]:
        return {key for key in rows.values_list("key", flat=True).distinct() if key is not None}
