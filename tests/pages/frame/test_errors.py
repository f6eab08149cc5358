import pytest
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.test import Client


def test_a_stranger_learns_nothing_from_a_404(stranger: Client) -> None:
    answer = stranger.get("/jobs/1/nothing-here")
    assert answer.status_code == 404
    assert "nothing-here" not in answer.content.decode()


def test_a_broken_view_gives_our_page(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clayops.pages.dashboard.views.out", lambda: 1 // 0)
    browser = Client(raise_request_exception=False)
    browser.force_login(ana)
    answer = browser.get("/")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()


@pytest.mark.parametrize("page", ["400", "403", "403_csrf", "404", "upload/too_large", "500"])
def test_error_pages_need_no_context(page: str) -> None:
    assert 'class="brand"' in render_to_string(f"{page}.html")
