"""From an uploaded file to a draft."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile

from jobs import intake, steering
from jobs.intake.decisions import decide
from jobs.mapping.guess import guess
from jobs.models import Job
from jobs.models.states import NotPossible
from tests.support import a_destination, draft

pytestmark = pytest.mark.django_db


def test_a_draft_knows_its_file() -> None:
    job = draft(a_destination(), "Name;E-Mail\nAna;ana@north.test\nLi;li@west.test\n")
    assert (job.state, job.delimiter, job.columns, job.row_count) == ("draft", ";", ["Name", "E-Mail"], 2)
    assert job.mapping == {"email": 1}
    assert job.estimated_cost == 4


def test_unreadable_lines_are_counted_and_listed() -> None:
    job = draft(a_destination(), "email,domain\na@b.test,b.test\nx,y,z\n")
    assert (job.row_count, job.unreadable_count, job.sendable_rows) == (2, 1, 1)
    assert job.unreadable == [{"line": 3, "reason": "it has 3 cells, the header has 2", "text": "x,y,z"}]


def test_what_cannot_be_read_leaves_nothing_behind() -> None:
    uploads = Path(settings.MEDIA_ROOT)
    before = set(uploads.rglob("*.csv"))
    with pytest.raises(intake.Unreadable, match="header line but no row"):
        draft(a_destination(), "email,domain\n")
    assert not Job.objects.exists()
    assert set(uploads.rglob("*.csv")) == before


def test_a_file_over_the_limit_is_refused_before_it_is_stored() -> None:
    big = ContentFile(b"email\na@b.test\n", name="big.csv")
    big.size = settings.MAX_UPLOAD_BYTES + 1
    with pytest.raises(intake.Unreadable, match="limit is 200 MB"):
        intake.read_upload(big, "big.csv", a_destination())


def test_a_name_with_folders_is_cut_to_its_last_part() -> None:
    assert draft(a_destination(), name="C:\\temp\\..\\leads.csv").name == "leads.csv"


def test_preview_shows_the_first_rows_and_their_problems() -> None:
    job = draft(a_destination(), "email,domain\na@b.test,b.test\nx,y,z\n" + "c@d.test,d.test\n" * 30)
    shown = intake.preview(job)
    assert len(shown) == 20
    assert (shown[0].line, shown[0].cells) == (2, ["a@b.test", "b.test"])
    assert shown[1].problem


@pytest.mark.parametrize(
    ("columns", "mapping"),
    [
        (["Email", "Domain"], {"email": 0, "domain": 1}),
        (["Company Website", "Work E-Mail"], {"email": 1, "domain": 0}),
        (["E-Mail (private)", "URL"], {"email": 0, "domain": 1}),
        (["a", "b"], {}),
        (["email", "EMAIL"], {"email": 0}),
    ],
)
def test_the_mapping_is_guessed_from_names(columns: list[str], mapping: dict[str, int]) -> None:
    assert guess(["email", "domain"], columns) == mapping


def test_start_names_what_is_missing() -> None:
    job = draft(a_destination(), "a,b\n1,2\n")
    with pytest.raises(NotPossible, match="Map a column to: email"):
        steering.jobs.start(job)


def test_start_wants_a_word_on_unreadable_lines() -> None:
    job = draft(a_destination(), "email,domain\na@b.test,b.test\nx,y,z\n")
    with pytest.raises(NotPossible, match="cannot be read"):
        steering.jobs.start(job)


def test_a_mapping_cannot_name_what_is_not_there() -> None:
    job = draft(a_destination())
    with pytest.raises(NotPossible, match="no such column"):
        decide(job, mapping={"email": 9})
    with pytest.raises(NotPossible, match="no input phone"):
        decide(job, mapping={"phone": 0})
