"""What people paste from Slack, Teams or their mail server is made an address that apprise understands."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from jobs.notifying import addresses, target
from jobs.notifying.addresses import Mail
from jobs.notifying.delivering import Failed, deliver
from jobs.notifying.message import Message
from jobs.notifying.target import Refused
from tests.jobs.notifying.mailserver import MailServer

SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
TEAMS = (
    "https://prod-161.westeurope.logic.azure.com:443/workflows/643e69f83c8944438d68119179a10a64/triggers/"
    "manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=KODuebWbDGYFr0z0eu-6"
)
NEWER = TEAMS.replace(
    "prod-161.westeurope.logic.azure.com", "default0a1b2c.3d.environment.api.powerplatform.com"
)
NEWER = NEWER.replace("/workflows", "/powerautomate/automations/direct/workflows")
MESSAGE = Message("ClayOps: 1 alert", "• Redis is away\nfor ‘leads_2.csv’ <b>", "bad")


def test_a_webhook_of_slack() -> None:
    found = addresses.slack(SLACK)
    assert (found.service, found.hint) == ("Slack", "…i7FQ")


@pytest.mark.parametrize("url", ["https://hooks.slack.com/services/T1/B2", "https://slack.com/x", "x", ""])
def test_what_is_no_webhook_of_slack(url: str) -> None:
    with pytest.raises(Refused, match=r"hooks\.slack\.com|not complete"):
        addresses.slack(url)


@pytest.mark.parametrize("url", [TEAMS, NEWER])
def test_a_workflow_of_teams(url: str) -> None:
    found = addresses.teams(url)
    assert (found.service, found.hint) == ("Microsoft Teams", "…eu-6")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (TEAMS.partition("&sig")[0], "ends with &sig="),
        (
            "https://north.webhook.office.com/webhookb2/1@2/IncomingWebhook/3/4",
            "Microsoft has switched those off",
        ),
        (SLACK, "no address of a workflow"),
    ],
)
def test_what_is_no_workflow_of_teams(url: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        addresses.teams(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("foo://x", "knows no service foo://"),
        ("https://north.test/hook", "begin with jsons:// in place of https://"),
        ("hello", "begins with the service"),
        ("slack://TokenA", "does not understand it"),
        ("mailto://north.test?from=a@north.test&to=nonsense", "no e-mail address"),
        (f"json://north.test/{'x' * 2000}", "longer than 2,000"),
        ("json://north.test/\n", "line breaks"),
        ("workflows://prod-1.logic.azure.com/abc/def/?template=/etc/passwd", "not allowed"),
        ("mailto://u:p@gmail.com?pgppub=/etc/passwd", "not allowed"),
    ],
)
def test_what_apprise_cannot_send_to(url: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        target.read(url)


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("json://ana:tr0ub4dor@hooks.north.test/deep/secret", "hooks.north.test"),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "…V_js"),
        ("ntfy://secret", "…et"),
        ("pover://user12@ab", "…"),
    ],
)
def test_little_of_an_address_is_shown(url: str, hint: str) -> None:
    assert target.read(url).hint == hint


# -- mail ---------------------------------------------------------------------------------------------------
@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running
        running.shutdown()


@pytest.fixture
def mail(server: MailServer) -> Mail:
    to = ["ops@north.test", "sales+eu@south.test"]
    return Mail(
        to, "clay@north.test", "127.0.0.1", server.port, "insecure", "ana@north.test", server.password
    )


def test_an_e_mail_to_two_people(server: MailServer, mail: Mail) -> None:
    made = mail.target()
    assert (made.service, made.hint) == ("E-mail", "o…@north.test and 1 more")
    deliver(made.url, MESSAGE)
    assert {got["To"] for got in server.mails} == set(mail.to)
    assert {got["Subject"] for got in server.mails} == {"ClayOps: 1 alert"}
    assert all("clay@north.test" in got["From"] for got in server.mails)
    plain = server.mails[0].get_body(("plain",))
    assert plain and "for ‘leads_2.csv’ <b>" in plain.get_content()


def test_a_wrong_password_is_said_without_it(mail: Mail) -> None:
    with pytest.raises(Failed, match=r"The mail server answered 535: 5\.7\.8 authentication failed"):
        deliver(replace(mail, password="wrong-one").target().url, MESSAGE)


def test_a_server_that_is_not_there(mail: Mail) -> None:
    with pytest.raises(Failed, match="nothing listens"):
        deliver(replace(mail, port=1).target().url, MESSAGE)


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("ssl", 465), ("insecure", 25)])
def test_the_usual_port_of_each_security(security: str, port: int) -> None:
    url = Mail(["a@b.test"], "c@b.test", "smtp.b.test", None, security).target().url
    service: Any = target.load(url)
    assert (service.port, service.smtp_host, service.secure_mode) == (port, "smtp.b.test", security)


@pytest.mark.parametrize(
    "typed", ["https://smtp.north.test", "smtp.north.test:587", "a b", "user@north.test"]
)
def test_a_host_is_only_a_name(typed: str) -> None:
    with pytest.raises(Refused):
        addresses.host_of(typed)


@pytest.mark.parametrize(
    "url",
    [
        "vapid://ana@north.test/ana@north.test?keyfile=/etc/passwd",
        "vapid://ana@north.test/ana@north.test?subfile=/etc/passwd",
        "syslog://",
    ],
)
def test_what_reaches_for_the_machine_itself_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="ClayOps’s machine"):
        target.read(url)
