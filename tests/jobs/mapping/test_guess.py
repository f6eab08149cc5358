"""Which column is which input, told from names and from cells."""

import time

import pytest

from jobs.mapping.cleanups import domain
from jobs.mapping.content import kind_of_cells, kind_of_input
from jobs.mapping.guess import guess, suggest_cleanups
from jobs.mapping.plan import Plan

PEOPLE = [
    ["Ana Ek", "https://www.north.test/team", "ana@north.test"],
    ["Li Wu", "http://west.test", "li@west.test"],
    ["Bo", "", ""],
]


def test_an_email_column_is_found_by_its_cells() -> None:
    assert guess(["email"], ["a", "b", "c"], PEOPLE) == {"email": 2}


def test_a_domain_may_come_from_a_column_of_web_addresses() -> None:
    assert guess(["domain", "email"], ["Column 1", "Column 2", "Column 3"], PEOPLE) == {
        "domain": 1,
        "email": 2,
    }


def test_columns_may_have_german_french_or_spanish_names() -> None:
    assert guess(["first_name", "company"], ["Firma", "Vorname"]) == {"first_name": 1, "company": 0}
    assert guess(["company", "last_name"], ["Société", "Nom"]) == {"company": 0, "last_name": 1}


def test_names_count_before_cells() -> None:
    assert guess(["email"], ["email", "b", "c"], PEOPLE) == {"email": 0}


def test_a_column_is_taken_once() -> None:
    assert guess(["email", "work_email"], ["a", "b", "c"], PEOPLE) == {"email": 2}


def test_cells_of_which_too_few_look_right_tell_nothing() -> None:
    assert kind_of_cells(["ana@north.test", "none", "unknown", ""]) == ""


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Work E-Mail", "email"),
        ("work_email", "email"),
        ("workEmail", "email"),
        ("email_domain", "domain"),
        ("companyDomain", "domain"),
        ("linkedin_url", "linkedin"),
        ("LinkedInURL", "linkedin"),
        ("website", "web"),
        ("mailing_address", ""),
        ("full_name", ""),
        ("", ""),
    ],
)
def test_what_an_input_wants_is_told_from_its_name(name: str, kind: str) -> None:
    assert kind_of_input(name) == kind


def test_a_domain_is_cut_out_of_addresses_by_itself() -> None:
    assert suggest_cleanups({"domain": 1, "name": 0}, PEOPLE) == {
        "domain": ["trim", "domain"],
        "name": ["trim"],
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ana@North.Test", "north.test"),
        ("https://www.north.test/team?x=1#y", "north.test"),
        ("http://user:pw@north.test:8080/", "north.test"),
        ("WWW.North.test.", "north.test"),
        ("north.test/path", "north.test"),
        ("//north.test", "north.test"),
        (" north.test ", "north.test"),
        ("mailto:ana@north.test", "north.test"),
        ("north.test:8080", "north.test"),
        ("Ana Ek <ana@north.test>", "north.test"),
        ("ana@north.test, bo@west.test", "north.test"),
        ("ana@north.test;bo@west.test", "north.test"),
        ("<>", ""),
        ("", ""),
    ],
)
def test_the_domain_of_an_address(text: str, found: str) -> None:
    assert domain(text) == found


def test_a_constant_stands_in_for_every_row_and_is_not_cleaned() -> None:
    plan = Plan(
        {"email": 0, "country": 1}, {"country": " US "}, {"email": ["lower", "trim"], "country": ["trim"]}
    )
    assert plan.inputs([" Ana@North.test ", "NO"]) == {"country": " US ", "email": "ana@north.test"}


def test_a_cell_that_is_not_there_is_blank() -> None:
    assert Plan({"email": 3}).inputs(["a"]) == {"email": ""}


def test_rows_are_alike_after_trim_and_case_fold() -> None:
    plan = Plan({})
    assert plan.key({"email": " Ana@North.test", "x": ""}) == plan.key({"email": "ana@north.TEST"})
    assert plan.key({"email": "ana"}) != plan.key({"name": "ana"})
    assert plan.key({"email": " "}) is None


def test_a_huge_cell_takes_no_time() -> None:
    began = time.process_time()
    for cell in ("www." + "a." * 50_000 + " b", "a@" * 50_000, "https://" + "a" * 100_000, "<" * 100_000):
        kind_of_cells([cell])
        domain(cell)
    assert time.process_time() - began < 5  # backtracking would take minutes
