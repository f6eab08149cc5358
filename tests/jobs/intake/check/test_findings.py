"""What the check found, as lists and downloads; the file it is kept in; the rules by name."""

import csv
import io

import pytest

from jobs import intake
from jobs.intake.check import findings, rules
from jobs.intake.check.first_seen import FirstRows
from jobs.models import Finding, Job
from tests.support import a_destination, draft


@pytest.mark.parametrize("text", ["ana@north.test", "a.b+c@sub.north.co", "o'neil@x.io", "ä@bücher.example"])
def test_an_address(text: str) -> None:
    assert rules.is_email(text)


@pytest.mark.parametrize(
    "text",
    "foo@|@b.test|a b@c.test|a@b|a@b..test|.a@b.test|a..b@c.test|Ana <a@b.test>|a@b.test, c@d.test|a@b@c.test"
    f"|a@-b.test|n/a|a@b.test.|{'a' * 65}@b.test".split("|"),
)
def test_no_address(text: str) -> None:
    assert not rules.is_email(text)


@pytest.mark.parametrize("text", ["north.test", "a.b.co.uk", "xn--bcher-kva.example", "bücher.example"])
def test_a_domain(text: str) -> None:
    assert rules.is_domain(text)


@pytest.mark.parametrize("text", ["north", "http://n.test", "a@b.test", "n.test/x", "1.2.3.4", "a..b"])
def test_no_domain(text: str) -> None:
    assert not rules.is_domain(text)


@pytest.mark.parametrize("text", ["north.test", "https://www.north.test:80/a?b", "linkedin.com/in/ana"])
def test_a_web_address(text: str) -> None:
    assert rules.is_web_address(text)


@pytest.mark.parametrize("text", ["north", "ftp://n.test", "mailto:a@b.test", "http://[::1", "a b.test/x"])
def test_no_web_address(text: str) -> None:
    assert not rules.is_web_address(text)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("email", {"invalid_email"}),
        ("Work E-Mail", {"invalid_email"}),
        ("emailAddress", {"invalid_email"}),
        ("email_provider", set()),
        ("domain", {"invalid_domain", "free_mail"}),
        ("Company Domain", {"invalid_domain", "free_mail"}),
        ("email_domain", {"invalid_domain", "free_mail"}),
        ("website", {"invalid_domain"}),
        ("linkedin_url", {"invalid_domain"}),
        ("company", set()),
    ],
)
def test_what_a_name_asks_for(name: str, found: set[str]) -> None:
    assert {rule[0].value for rule in rules.rules_for(name)} == found


def test_the_first_row_of_a_key_stays() -> None:
    table = FirstRows(600)
    keys = [(n % 500 + 1) << 20 for n in range(1000)]  # all in the same place at first
    assert [table.first(key, row) for row, key in enumerate(keys, 1)] == [0] * 500 + list(range(1, 501))


TEXT = "email,note\na@b.test,=1+1\nfoo,x\na@b.test,y\nx,y,z\n,\nfoo@,-2\n"


@pytest.fixture
def job(db: None) -> Job:
    return draft(a_destination(), TEXT)


def test_rows_of_a_finding_with_reason_cells_and_inputs(job: Job) -> None:
    first, second = findings.rows(job, "invalid_email")
    assert (first.row, first.line, first.cells, first.inputs) == (2, 3, ["foo", "x"], {"email": "foo"})
    assert (second.row, second.reason) == (5, "email is not an e-mail address: 'foo@'")
    assert [found.reason for found in findings.rows(job, Finding.DUPLICATE)] == ["same as row 1 of this file"]


def test_lines_that_cannot_be_read_are_among_them(job: Job) -> None:
    (found,) = findings.rows(job, "unreadable")
    assert (found.line, found.reason) == (5, "it has 3 cells, the header has 2")
    assert found.cells == ["x", "y", "z"]


def test_the_download_is_safe_in_a_spreadsheet(job: Job) -> None:
    intake.set_up(job, constants={"domain": "gmail.com"})
    raw = b"".join(findings.csv_lines(job, "free_mail"))
    assert raw.startswith("\ufeff".encode())
    header, first, *_, last = csv.reader(io.StringIO(raw.decode("utf-8-sig")))
    assert header == ["line", "reason", "email", "note"]
    assert first[:2] == ["2", "domain is a free-mail domain, not a company's: 'gmail.com'"]
    assert (first[3], last[3]) == ("'=1+1", "-2")


def test_findings_of_another_check_are_stale(job: Job) -> None:
    Job.objects.update(checked="another")
    job.refresh_from_db()
    with pytest.raises(findings.Stale):
        next(findings.rows(job, "duplicate"))


def test_findings_that_are_gone_are_stale(job: Job) -> None:
    job.findings_path.unlink()
    assert not findings.are_there(job)


def test_long_cells_are_not_kept_in_memory() -> None:
    rules._is_domain.cache_clear()
    assert not rules.is_domain("ü" * 100_000)
    assert not rules.is_email(f"a@{'x' * 100_000}")
    assert rules.is_web_address(f"https://north.test/{'x' * 100_000}")
    assert rules._is_domain.cache_info().currsize == 1
