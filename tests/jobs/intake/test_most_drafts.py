"""A person keeps so many drafts; what is started or discarded makes room."""

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile

from jobs import intake
from jobs.intake import draft
from jobs.models import Job, JobState
from tests.support import a_destination, csv_of


@pytest.mark.django_db
def test_the_next_draft_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft, "MOST_DRAFTS", 2)
    ana, cy = User.objects.create_user("ana"), User.objects.create_user("cy")
    people = a_destination()

    def upload(by: User) -> Job:
        return intake.read_upload(ContentFile(csv_of(1).encode(), name="a.csv"), "a.csv", people, by)

    first, _ = upload(ana), upload(ana)
    with pytest.raises(intake.Unreadable, match="You have 2 drafts already"):
        upload(ana)
    upload(cy)
    Job.objects.filter(pk=first.pk).delete()
    assert upload(ana).state == JobState.DRAFT
