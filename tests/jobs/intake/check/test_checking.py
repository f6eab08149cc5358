"""The check: what it finds, what it keeps, and that it never outlives the draft it was made for."""

import errno
import os
import shutil
from datetime import timedelta
from pathlib import Path

import django_rq
import pytest
import xlsxwriter
from django.conf import LazySettings
from django.utils import timezone

from clayops.base import redis
from jobs import intake, steering, tasks
from jobs.intake.check import checking, findings, scan
from jobs.models import Destination, Job, NotPossible, Row
from jobs.reading.reader import Record
from jobs.upkeep import tick
from tests.support import a_destination, csv_of, draft, fresh, running

pytestmark = pytest.mark.django_db


def found(job: Job) -> dict[str, list[int]]:
    """The rows of each finding, as its examples name them."""
    return {kind: [each["row"] for each in about["examples"]] for kind, about in job.findings.items()}


def enriched(job: Job, number: int = 1, days_ago: int = 1) -> Row:
    """A row of `job` that came home some days ago."""
    row = job.rows.get(number=number)
    row.state, row.proof, row.result = "enriched", "sent", {"title": "CEO"}
    row.enriched_at = timezone.now() - timedelta(days=days_ago)
    row.save()
    return row


def test_a_file_without_fault_has_no_findings() -> None:
    job = draft(a_destination(), csv_of(3))
    assert (job.is_checked, job.findings, job.finding_masks, job.row_count) == (True, {}, {}, 3)
    assert list(findings.entries(job)) == []


def test_each_finding_names_its_row() -> None:
    lines = ["email,domain", "a@b.test,b.test", "x,y,z", ",c.test", "foo@,c.test", "d@e.test,not a domain"]
    lines += ["f@g.test,gmail.com", " A@B.test ,B.test", f"g@h.test,{'x' * 120_000}"]
    job = draft(a_destination(), "\n".join(lines))
    assert found(job) == {
        "unreadable": [2],
        "too_large": [8],
        "missing": [3],
        "invalid_email": [4],
        "invalid_domain": [5, 8],
        "free_mail": [6],
        "duplicate": [7],
    }
    assert job.finding_masks == {"1": 1, "4": 1, "8": 1, "16": 1, "32": 1, "64": 1, "18": 1}


def test_a_reason_says_what_is_wrong() -> None:
    job = draft(a_destination(), "email,domain\na@b.test,b.test\nfoo@,b.test\na@b.test,b.test\n")
    assert job.findings["invalid_email"] == {
        "count": 1,
        "examples": [{"row": 2, "line": 3, "text": "email is not an e-mail address: 'foo@'"}],
    }
    assert job.findings["duplicate"]["examples"][0]["text"] == "same as row 1 of this file"


def test_five_examples_and_all_counted() -> None:
    job = draft(a_destination(), "email\n" + "a@b.test\n" * 2500)
    assert job.findings["duplicate"]["count"] == 2499
    assert found(job)["duplicate"] == [2, 3, 4, 5, 6]
    assert sum(entry.same_as for entry in findings.entries(job)) == 2499


def test_findings_are_about_what_clay_gets() -> None:
    job = draft(a_destination(), "name,web\na,https://www.North.test/about\nb,ana@gmail.com\n")
    intake.set_up(job, mapping={"domain": 1}, cleanups={"domain": []}, constants={"email": "x@y.test"})
    assert found(job) == {"invalid_domain": [1, 2]}
    intake.set_up(job, cleanups={"domain": ["domain"]})
    assert found(job) == {"free_mail": [2]}


def test_an_input_that_nothing_fills_is_no_finding() -> None:
    assert draft(a_destination(), "nothing,like,it\n1,2,3\n").findings == {}


def test_rows_enriched_here_lately_are_known() -> None:
    people = a_destination()
    old, new = enriched(running(people), 1, days_ago=9), enriched(running(people), 1, days_ago=2)
    enriched(running(people), 2, days_ago=31)
    job = draft(people)
    assert found(job)["enriched_before"] == [1]
    assert [entry.earlier for entry in findings.entries(job) if entry.earlier] == [new.pk]
    intake.set_up(job, reuse_days=60)
    assert found(job)["enriched_before"] == [1, 2]
    assert old.key == new.key


def test_rows_of_another_destination_or_a_deleted_job_are_not_known() -> None:
    people = a_destination()
    enriched(running(a_destination("Others")))
    gone = running(people)
    enriched(gone)
    steering.jobs.cancel(gone)
    Job.objects.filter(pk=gone.pk).update(deleted_at=timezone.now())
    assert draft(people).findings == {}


def test_rows_waiting_in_another_job_are_known_also_where_they_are_twice() -> None:
    people = a_destination()
    running(people, csv_of(2))
    job = draft(people, csv_of(3) + "Ana,ana1@north1.test,north1.test\n")
    assert found(job) == {"duplicate": [4], "waiting_elsewhere": [1, 2, 4]}


def test_a_million_rows_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "MAX_ROWS", 100)
    assert draft(a_destination(), csv_of(100)).row_count == 100
    with pytest.raises(intake.Unreadable, match="more than 100 rows"):
        draft(a_destination("B"), csv_of(101))


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch, people: Destination) -> Job:
    """A draft that is too large to be checked at once."""
    monkeypatch.setattr(checking, "SMALL", 0)
    return draft(people)


@pytest.fixture
def people(transactional_db: None) -> Destination:
    return a_destination()


def queued() -> list[str | None]:
    return [job.func_name for job in django_rq.get_queue("long").jobs]


def test_a_large_file_is_checked_by_a_worker(large: Job) -> None:
    assert (large.is_checked, queued()) == (False, ["jobs.tasks.check"])
    assert "still being checked" in large.blocked
    tasks.check(large.pk)
    assert (fresh(large).is_checked, fresh(large).row_count) == (True, 3)


def test_two_workers_check_once(large: Job) -> None:
    redis.client().lock(checking.lease_name(large.pk), timeout=60).acquire()
    tasks.check(large.pk)
    assert not fresh(large).is_checked


def test_the_tick_starts_a_check_that_a_crash_left_undone(large: Job) -> None:
    redis.client().flushall()
    tick.start_checks()
    tick.start_checks()
    assert queued() == ["jobs.tasks.check"]


def test_the_tick_leaves_a_check_alone_that_is_being_done(large: Job) -> None:
    redis.client().flushall()
    redis.client().lock(checking.lease_name(large.pk), timeout=60).acquire()
    tick.start_checks()
    assert queued() == []


def test_progress_shows_while_it_is_checked(large: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[float | None] = []
    monkeypatch.setattr(checking, "BEAT_SECONDS", 0.0)
    monkeypatch.setattr(scan, "AT_ONCE", 1)
    take = scan.Scan._take

    def noted(self: scan.Scan, chunk: list[Record], first: int) -> None:
        told.append(checking.progress(large))
        take(self, chunk, first)

    monkeypatch.setattr(scan.Scan, "_take", noted)
    tasks.check(large.pk)
    assert told[0] is None
    assert told[1] is not None
    assert 0 < told[1] < told[2] < 1  # type: ignore[operator]
    assert checking.progress(large) is None


def test_no_progress_without_redis(large: Job, settings: LazySettings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1"
    assert checking.progress(large) is None


def test_a_draft_changed_meanwhile_is_checked_again(large: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    run = scan.Scan.run

    def changed(self: scan.Scan) -> None:
        monkeypatch.setattr(scan.Scan, "run", run)
        run(self)
        Job.objects.filter(pk=large.pk).update(constants={"domain": "gmail.com"})

    monkeypatch.setattr(scan.Scan, "run", changed)
    tasks.check(large.pk)
    assert fresh(large).is_checked
    assert fresh(large).findings["free_mail"]["count"] == 3


def test_a_draft_deleted_meanwhile_leaves_nothing(large: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    run = scan.Scan.run

    def deleted(self: scan.Scan) -> None:
        run(self)
        steering.jobs.delete_draft(fresh(large))

    monkeypatch.setattr(scan.Scan, "run", deleted)
    tasks.check(large.pk)
    assert not large.findings_path.exists()
    assert not list(large.findings_path.parent.glob(f"{large.findings_path.stem}.*"))


def test_a_file_that_is_gone_is_a_sentence() -> None:
    job = draft(a_destination())
    Path(job.file.path).unlink()
    intake.set_up(job, constants={"domain": "b.test"})
    assert fresh(job).check_error == "The uploaded file is gone. Upload it again."
    assert fresh(job).blocked == fresh(job).check_error


def test_a_file_without_rows_is_a_sentence_and_no_findings() -> None:
    job = draft(a_destination(), "email\nfoo\n")
    Path(job.file.path).write_text("email\n")
    checking.check(job)
    assert "no row below it" in fresh(job).check_error
    assert (fresh(job).row_count, fresh(job).findings) == (0, {})


def test_findings_that_are_gone_are_found_again() -> None:
    job = draft(a_destination(), "email\na@b.test\na@b.test\n")
    job.findings_path.unlink()
    checking.check_soon(job)
    assert [entry.row for entry in findings.entries(job)] == [2]


def test_a_sheet_is_taken_out_and_checked(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "people.xlsx")) as book:
        for name, email in (("One", "a@b.test"), ("Two", "foo@")):
            book.add_worksheet(name).write_column(0, 0, ["email", email, email])
    job = intake.read_path(tmp_path / "people.xlsx", a_destination())
    Job.objects.update(sheet="Two", checked="")
    job = fresh(job)
    tasks.check(job.pk)
    assert found(fresh(job)) == {"invalid_email": [1, 2], "duplicate": [2]}


def test_a_check_of_long_ago_is_done_again() -> None:
    people = a_destination()
    first, _ = draft(people, csv_of(3)), running(people, csv_of(3))
    checking.look_again(first)
    assert "waiting_elsewhere" not in fresh(first).findings
    first.checked_at = timezone.now() - 2 * checking.FRESH
    checking.look_again(first)
    assert fresh(first).findings["waiting_elsewhere"]["count"] == 3


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_no_fault_of_the_file(large: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings.Writer, "add", full_disk)
    with pytest.raises(OSError, match="No space"):
        tasks.check(large.pk)
    assert (fresh(large).checked, fresh(large).check_error) == ("", "")
    monkeypatch.undo()
    tasks.check(large.pk)
    assert fresh(large).is_checked


def test_who_waits_for_the_check_is_told_of_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    job = draft(a_destination())
    monkeypatch.setattr(findings.Writer, "add", full_disk)
    intake.set_up(job, constants={"domain": "b.test"})
    assert "its own disk (No space left on device)" in fresh(job).blocked
    assert fresh(job).checked == ""
    monkeypatch.undo()
    tasks.check(job.pk)
    assert (fresh(job).is_checked, fresh(job).check_error) == (True, "")


def test_inputs_that_change_meanwhile_are_asked_anew(large: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    Job.objects.filter(pk=large.pk).update(mapping={"email": 1, "domain": 0})
    run = scan.Scan.run

    def changed(self: scan.Scan) -> None:
        monkeypatch.setattr(scan.Scan, "run", run)
        run(self)
        Destination.objects.update(inputs=[{"name": "email", "required": True}])

    monkeypatch.setattr(scan.Scan, "run", changed)
    tasks.check(large.pk)
    assert fresh(large).is_checked
    assert fresh(large).findings == {}


def test_a_draft_deleted_between_is_no_error(large: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def deleted(*_: object) -> None:
        Job.objects.filter(pk=large.pk).delete()
        raise checking.Overtaken

    monkeypatch.setattr(checking, "_keep", deleted)
    tasks.check(large.pk)
    assert not Job.objects.exists()


def test_a_row_like_one_that_cannot_be_sent_is_no_duplicate() -> None:
    job = draft(a_destination(), f"email,domain\na@b.test,b.test{' ' * 120_000}\na@b.test,b.test\n")
    intake.set_up(job, cleanups={})
    assert found(job) == {"too_large": [1]}


def test_a_name_that_is_no_text_is_cleaned(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.csv")
    path.write_text(csv_of(1))
    assert intake.read_path(path, a_destination()).name == "caf?.csv"


def test_a_full_disk_leaves_no_half_of_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    job = draft(a_destination())
    folder = Path(job.file.path).parent
    before = set(folder.iterdir())
    Path(job.file.path).with_suffix(".sheet-0.csv").write_text("a")

    def half(source: Path, target: Path) -> None:
        Path(target).write_text("half")
        full_disk()

    monkeypatch.setattr(shutil, "copyfile", half)
    with pytest.raises(NotPossible, match="No space left"):
        steering.jobs.duplicate(job)
    assert {*before, Path(job.file.path).with_suffix(".sheet-0.csv")} == set(folder.iterdir())
