"""What is suggested for a cause: by Clay's status, by the words, and by what it may have cost."""

import pytest

from jobs.review import advice as rules
from jobs.review.advice import advice

LOST = "Clay did not answer within 30 seconds."


@pytest.mark.parametrize(
    ("cause", "status", "charge", "wanted"),
    [
        ("Clay rejected the request (400): field “domain” is required", 400, "no", rules.INPUT_MISSING),
        ("Clay rejected the request (422): email is missing", 422, "no", rules.INPUT_MISSING),
        ("Clay rejected the request (400): no such thing", 400, "no", rules.REJECTED),
        ("Clay answered 400: no such person", 400, "no", rules.REJECTED),
        ("The rows cannot be sent: a cell is no text", 0, "no", rules.REJECTED),
        ("Clay rejected the API key (401).", 401, "no", rules.KEY),
        ("Provider hunter: invalid API key", 0, "possibly", rules.KEY),
        ("Clay reports no credits left (402).", 402, "no", rules.CREDITS),
        ("Clay rejected the request (404): routine not found", 404, "no", rules.GONE),
        ("Clay rejected the request (413): too large", 413, "no", rules.SHORTER),
        ("The payload has … bytes; Clay takes …", 0, "no", rules.SHORTER),
        ("Rate limit exceeded for provider", 0, "possibly", rules.SLOWER),
        ("Clay asks us to wait … seconds (429).", 429, "no", rules.SLOWER),
        (LOST, 0, "possibly", rules.ASK_CLAY),
        ("No answer within … s; the rows may have been sent", 0, "possibly", rules.ASK_CLAY),
        ("Clay answered 502.", 502, "possibly", rules.ASK_CLAY),
        ("Clay answered 418: a field is odd", 418, "possibly", rules.ASK_CLAY),
        ("Clay's answer is longer than … bytes.", 0, "possibly", rules.ASK_CLAY),
        ("The worker died while sending; the rows may have been sent", 0, "possibly", rules.ASK_CLAY),
        (
            "The connection to Clay broke before its answer was complete: reset.",
            0,
            "possibly",
            rules.ASK_CLAY,
        ),
        ("The exchange with Clay broke off (OSError: …).", 0, "possibly", rules.ASK_CLAY),
        ("Given up: no result from Clay", 0, "possibly", rules.ASK_CLAY_AGAIN),
        ("Clay's finished run did not return this row", 0, "possibly", rules.ASK_CLAY_AGAIN),
        ("Clay answered a status we do not know for this row: odd", 0, "possibly", rules.ASK_CLAY_AGAIN),
        ("Clay could not be reached, nothing was sent: connection refused.", 0, "no", rules.NETWORK),
        ("email is required", 0, "possibly", rules.INPUT_MISSING),
        ("person not found", 0, "possibly", rules.LOOK),
        ("", 0, "no", rules.LOOK),
    ],
)
def test_what_helps(cause: str, status: int, charge: str, wanted: str) -> None:
    assert advice(cause, status, [charge]) == wanted


def test_nothing_was_sent_is_not_said_where_it_may_have_been() -> None:
    cause = "Clay could not be reached, nothing was sent: connection refused."
    assert advice(cause, 0, ["no", "possibly"]) != rules.NETWORK
