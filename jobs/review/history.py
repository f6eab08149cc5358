"""What a letter comes from: the letters that its rows were in before, and every attempt to send them."""

from jobs.models import Batch, DeadLetter, LetterEvent, Submission


def lineage(letter: DeadLetter) -> list[DeadLetter]:
    """The letter, and those that its rows were in before, the latest first."""
    found, parent = [letter], letter.parent
    while parent is not None and len(found) < 50:
        found.append(parent)
        parent = parent.parent
    return found


def attempts_made(letter: DeadLetter) -> list[Submission]:
    """Every attempt to send rows that are, or were, in it; the first first."""
    family = lineage(letter)
    told = LetterEvent.objects.filter(letter__in=family, batch__isnull=False)
    batches = Batch.with_parts({*told.values_list("batch", flat=True), *(each.batch_id for each in family)})
    rows = set(letter.row_ids())
    sent = Submission.objects.filter(batch__in=batches).select_related("batch", "destination")
    return [each for each in sent.order_by("pk") if rows & set(each.row_ids)]
