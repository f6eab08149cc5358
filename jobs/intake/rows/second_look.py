"""What other jobs have done since the check: looked up once more while rows are stored.

A check may be days old, and a job that started meanwhile may have the same rows. Who ticked "leave out"
must not pay for them again, so this is asked in the transaction that stores them.
"""

from jobs.intake.check.findings import KNOWN, Words
from jobs.intake.check.known_rows import AT_ONCE, Earlier, Known
from jobs.intake.check.left_out import begins
from jobs.intake.rows.chunk import BATCH, ERROR, KEY, REUSED_FROM, STATE, Chunk, ToSend
from jobs.models import Destination, Finding, Job, RowState, mask_of

_BEFORE = Finding.ENRICHED_BEFORE.bit


def look_again(job: Job, chunk: Chunk) -> None:
    """Take rows out of the chunk's batches that turn out to be in another job, as the user chose."""
    chosen = job.left_out_mask & mask_of(list(KNOWN))
    wanted = chosen | (_BEFORE if job.reuse_results else 0)
    if not wanted or not chunk.to_send:
        return
    # One at a time for each destination: or two that store at once would not see each other's rows.
    Destination.objects.select_for_update(no_key=True).get(pk=job.destination_id)
    known = _known(job, chunk.to_send)
    found = [each for each in chunk.to_send if known.get(each.row[KEY], (0, 0))[0] & wanted]
    for each in found:
        _take_out(job, each, known[each.row[KEY]], chosen)
    if found:
        _count_anew(job, found, known)
        gone = {id(each) for each in found}
        chunk.cut_again([each for each in chunk.to_send if id(each) not in gone])


def _known(job: Job, to_send: list[ToSend]) -> dict[int, Known]:
    earlier = Earlier(job)
    keys = [] if earlier.empty else list({each.row[KEY] for each in to_send if each.row[KEY]})
    found: dict[int, Known] = {}
    for start in range(0, len(keys), AT_ONCE):
        found |= earlier.look_up(keys[start : start + AT_ONCE])
    return found


def _take_out(job: Job, each: ToSend, known: Known, chosen: int) -> None:
    """Leave the row out, or have it take the earlier result."""
    (bits, earlier), row = known, each.row
    row[BATCH] = None
    if bits & chosen:
        first = next(finding for finding in KNOWN if finding.bit & bits & chosen)
        row[STATE], row[ERROR] = RowState.SKIPPED.value, f"{begins(first)}{Words(job).known(first)}"
    else:
        row[STATE], row[REUSED_FROM] = RowState.ENRICHED.value, earlier


def _count_anew(job: Job, found: list[ToSend], known: dict[int, Known]) -> None:
    """The page tells from the counts by finding what is left out: these rows are among them now."""
    masks = {int(mask): rows for mask, rows in job.finding_masks.items()}
    for each in found:
        mask = each.mask | known[each.row[KEY]][0]
        if mask != each.mask:
            masks[mask] = masks.get(mask, 0) + 1
            if each.mask:
                masks[each.mask] -= 1
    job.finding_masks = {str(mask): rows for mask, rows in masks.items() if rows}
    Job.objects.filter(pk=job.pk).update(finding_masks=job.finding_masks)
