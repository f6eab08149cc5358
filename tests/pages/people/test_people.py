"""Owners add people, say what they may do, switch them off; everybody else only looks."""

import logging
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import PermissionDenied
from django.test import Client

from clayops.people import rights as rules
from tests.pages.conftest import PASSWORD

RIGHT = "budget.change_limit"


def fresh(user: User) -> User:
    """As the next request would see it: permissions are kept on the object."""
    return User.objects.get(pk=user.pk)


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.fixture
def cy(boss: User) -> User:
    """A second owner, who has joined."""
    return User.objects.create_superuser("cy", password=PASSWORD)


def test_the_list_says_who_may_what(boss_client: Client, ana: User) -> None:
    rules.add(User.objects.get(username="bea"), "Zoe", [RIGHT], owner=False)
    people = boss_client.get("/people").context["people"]
    said = [(p.user.username, p.state, p.right_names, p.user.is_superuser) for p in people]
    assert said == [
        ("ana", "active", [], False),
        ("bea", "active", [], True),
        ("Zoe", "invited", [RIGHT], False),
    ]


def test_the_owner_adds_ben_and_gets_a_link(boss_client: Client) -> None:
    answer = boss_client.post("/people/new", {"username": "ben"}, follow=True)
    assert "http://testserver/join/" in text(answer)
    ben = User.objects.get(username="ben")
    assert (ben.is_active, ben.is_superuser, ben.has_usable_password()) == (True, False, False)
    assert not ben.has_perm(RIGHT)


def test_the_settings_lead_there(client: Client, boss_client: Client) -> None:
    assert 'href="/people">See the people' in text(client.get("/settings"))
    assert 'href="/people">Manage people' in text(boss_client.get("/settings"))


def test_ticks_are_taken_over_when_adding(boss_client: Client) -> None:
    boss_client.post("/people/new", {"username": "ben", "rights": [RIGHT], "owner": "on"})
    ben = User.objects.get(username="ben")
    assert rules.person_of(ben).right_names == [RIGHT]
    assert ben.is_superuser


def test_a_tick_holds_at_once_and_goes_at_once(boss_client: Client, client: Client, ana: User) -> None:
    client.get("/people")
    assert boss_client.post(f"/people/{ana.pk}", {"rights": [RIGHT]})["Location"] == "/people"
    assert fresh(ana).has_perm(RIGHT)
    assert client.get("/people").wsgi_request.user.has_perm(RIGHT)
    boss_client.post(f"/people/{ana.pk}", {})
    assert not client.get("/people").wsgi_request.user.has_perm(RIGHT)


def test_what_is_not_ours_to_tick_stays(boss_client: Client, ana: User) -> None:
    other = Permission.objects.get(codename="view_session")
    ana.user_permissions.add(other)
    boss_client.post(f"/people/{ana.pk}", {"rights": [RIGHT]})
    boss_client.post(f"/people/{ana.pk}", {})
    assert list(ana.user_permissions.all()) == [other]


@pytest.mark.parametrize("wrong", ["auth.delete_user", "budget.add_entry", "nonsense", "x.y.z"])
def test_only_declared_rights_can_be_given(boss_client: Client, ana: User, wrong: str) -> None:
    assert boss_client.post(f"/people/{ana.pk}", {"rights": [wrong]}).status_code == 422
    assert not ana.user_permissions.exists()


def test_every_right_is_one_that_django_keeps(db: None) -> None:
    assert all(Permission.objects.filter(right.permission).count() == 1 for right in rules.RIGHTS)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ANA", "somebody called ana already"),
        ("ana", "somebody called ana already"),
        ("ÉVA", "somebody called éva already"),
        ("ａｎａ", "somebody called ana already"),
        ("", "Say what the person is called"),
        ("ben ben", "valid username"),
        ("x" * 151, "at most 150"),
        ("<b>", "valid username"),
    ],
)
def test_a_name_that_will_not_do(boss_client: Client, ana: User, name: str, said: str) -> None:
    User.objects.create_user("éva")
    answer = boss_client.post("/people/new", {"username": name})
    assert answer.status_code == 422
    assert said in text(answer)
    assert User.objects.count() == 3


def test_adding_twice_is_refused_the_second_time(boss_client: Client) -> None:
    boss_client.post("/people/new", {"username": "ben"})
    assert boss_client.post("/people/new", {"username": "Ben"}).status_code == 422


# -- off and on -----------------------------------------------------------------------------------
def test_switching_off_signs_out_at_once(boss_client: Client, client: Client, ana: User) -> None:
    assert client.get("/").status_code == 200
    assert "Switch ana off?" in text(boss_client.get(f"/people/{ana.pk}/off"))
    assert "signed out everywhere" in text(boss_client.post(f"/people/{ana.pk}/off", follow=True))
    assert client.get("/")["Location"].startswith("/signin")


def test_who_is_switched_off_cannot_sign_in(boss_client: Client, ana: User, stranger: Client) -> None:
    boss_client.post(f"/people/{ana.pk}/off")
    assert stranger.post("/signin", {"username": "ana", "password": PASSWORD}).status_code == 422


def test_switched_on_again_one_signs_in_anew(boss_client: Client, client: Client, ana: User) -> None:
    boss_client.post(f"/people/{ana.pk}/off")
    boss_client.post(f"/people/{ana.pk}/on")
    assert client.get("/")["Location"].startswith("/signin")
    assert client.post("/signin", {"username": "ana", "password": PASSWORD})["Location"] == "/"


def test_other_people_s_sessions_stay(boss_client: Client, cy: User, ana: User) -> None:
    browser = Client()
    browser.force_login(cy)
    boss_client.post(f"/people/{ana.pk}/off")
    assert browser.get("/people").status_code == 200


def test_twice_off_and_twice_on_says_so(boss_client: Client, ana: User) -> None:
    boss_client.post(f"/people/{ana.pk}/off")
    assert "was switched off already" in text(boss_client.post(f"/people/{ana.pk}/off", follow=True))
    boss_client.post(f"/people/{ana.pk}/on")
    assert "was not switched off" in text(boss_client.post(f"/people/{ana.pk}/on", follow=True))


# -- nobody locks everybody out -------------------------------------------------------------------
def test_the_last_owner_stays_one_and_the_page_says_why(boss_client: Client, boss: User) -> None:
    page = text(boss_client.get(f"/people/{boss.pk}"))
    assert "The only owner who can sign in" in page
    assert re.search(r'<input[^>]*name="owner"[^>]* disabled', page)
    boss_client.post(f"/people/{boss.pk}", {})
    assert fresh(boss).is_superuser


def test_an_owner_who_has_not_joined_does_not_count(boss_client: Client, boss: User) -> None:
    rules.add(boss, "cy", [], owner=True)
    boss_client.post(f"/people/{boss.pk}", {})
    assert fresh(boss).is_superuser


def test_nor_does_one_who_is_switched_off(boss_client: Client, boss: User, cy: User) -> None:
    boss_client.post(f"/people/{cy.pk}/off")
    boss_client.post(f"/people/{boss.pk}", {})
    assert fresh(boss).is_superuser


def test_with_another_owner_one_may_step_down(boss_client: Client, boss: User, cy: User) -> None:
    boss_client.post(f"/people/{boss.pk}", {})
    assert not fresh(boss).is_superuser
    assert "Add a person" not in text(boss_client.get("/people"))


def test_nobody_switches_off_themselves(boss_client: Client, boss: User, cy: User) -> None:
    for answer in (boss_client.get(f"/people/{boss.pk}"), boss_client.get(f"/people/{boss.pk}/off")):
        assert "You cannot switch yourself off" in text(answer)
    boss_client.post(f"/people/{boss.pk}/off")
    assert fresh(boss).is_active


def test_the_last_owner_who_can_sign_in_is_not_switched_off(boss: User) -> None:
    without_password = User.objects.create_superuser("dee")
    with pytest.raises(rules.Refused, match="only owner"):
        rules.switch_off(without_password, boss)


def test_of_two_owners_who_depose_each_other_the_first_wins(boss: User, cy: User) -> None:
    """Both requests have passed the view's look at who asks."""
    rules.change(boss, cy, [], owner=False)
    with pytest.raises(PermissionDenied):
        rules.change(cy, boss, [], owner=False)
    assert fresh(boss).is_superuser


# -- who may not ----------------------------------------------------------------------------------
def test_everybody_sees_the_people_and_only_owners_a_way_to_change_them(client: Client, boss: User) -> None:
    page = text(client.get("/people"))
    assert "bea" in page
    main = page[page.index("<main") : page.index("</main")]
    assert not re.search(r"<form|<button(?![^>]*data-dismiss)|<input|/people/", main)


@pytest.mark.parametrize("part", ["new", "{pk}", "{pk}/off", "{pk}/on", "{pk}/link"])
@pytest.mark.parametrize("allowed", [(), (RIGHT,)], ids=["plain", "may-change-limits"])
def test_who_is_no_owner_is_refused(client: Client, ana: User, boss: User, part: str, allowed: Any) -> None:
    for name in allowed:
        ana.user_permissions.add(Permission.objects.get(codename=name.split(".")[1]))
    address = f"/people/{part.format(pk=boss.pk)}"
    data = {"username": "mallory", "owner": "on", "rights": [RIGHT]}
    before = list(User.objects.order_by("pk").values())
    assert client.post(address, data).status_code == 403
    assert client.get(address).status_code in {403, 405}
    assert list(User.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("part", ["", "/new", "/1", "/1/off", "/1/on", "/1/link"])
def test_a_stranger_is_sent_to_sign_in(stranger: Client, boss: User, part: str) -> None:
    for answer in (stranger.get(f"/people{part}"), stranger.post(f"/people{part}", {"username": "m"})):
        assert answer["Location"].startswith("/signin?next=")
    assert User.objects.count() == 1


def test_wrong_methods(boss_client: Client, ana: User) -> None:
    assert boss_client.post("/people").status_code == 405
    assert boss_client.get(f"/people/{ana.pk}/on").status_code == 405
    assert boss_client.delete(f"/people/{ana.pk}").status_code == 405
    assert boss_client.put("/people/new").status_code == 405


@pytest.mark.parametrize("part", ["", "/off", "/link"])
def test_who_does_not_exist_is_a_404(boss_client: Client, part: str) -> None:
    assert boss_client.get(f"/people/4711{part}").status_code == 404


def test_looking_changes_nothing(boss_client: Client, ana: User) -> None:
    before = list(User.objects.order_by("pk").values())
    for part in ("", "/off", "/link"):
        assert boss_client.get(f"/people/{ana.pk}{part}").status_code == 200
    assert list(User.objects.order_by("pk").values()) == before


def test_who_did_what_is_logged(boss: User, ana: User, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="clayops"):
        rules.change(boss, ana, [RIGHT], owner=False)
        rules.change(boss, ana, [RIGHT], owner=False)
        rules.switch_off(boss, ana)
    assert [record.message for record in caplog.records] == [
        "bea changed what ana may do: change limits (before: no special right)",
        "bea switched ana off",
    ]
