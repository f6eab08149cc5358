"""The API key appears in no error, no traceback, no log and no repr."""

import logging
import pickle
import traceback
from collections.abc import Callable

import pytest

from clayops.clay import Clay, ClayError, KeyRejected
from tests.clayops.clay.conftest import ADA, KEY, QUICK
from tests.clayops.clay.server import IN_PROGRESS, Answer, Server, half_an_answer, not_http, resets, says

BAD_ENDS: list[Answer] = [
    says(401, {"message": f"Unknown key {KEY}"}),
    says(500, {"message": KEY * 40}),
    says(200, b"<html>"),
    says(307, {}, location=f"http://elsewhere.example/{KEY}"),
    says(202, {"routine_run_id": KEY * 5}),
    half_an_answer,
    not_http,
    resets,
    lambda sock: None,
]


def everything_a_reporter_sees(error: BaseException) -> str:
    """The tracebacks of the whole chain, with the locals of every frame, as error reporters send them."""
    seen: list[str] = []
    link: BaseException | None = error
    while link is not None:
        lines = traceback.TracebackException.from_exception(link, capture_locals=True)
        lines.stack[:] = [frame for frame in lines.stack if "/tests/" not in frame.filename]
        seen += [*lines.format(), repr(link), str(vars(link))]
        link = link.__cause__ or link.__context__
    return "\n".join(seen)


def calls(clay: Clay) -> list[Callable[[], object]]:
    return [
        clay.me,
        lambda: clay.run("function:t_1", [ADA]),
        lambda: clay.results("rr_1"),
        lambda: clay.cells("t_1", "row", ["17"], ["Phone"]),
    ]


@pytest.mark.parametrize("answer", BAD_ENDS)
@pytest.mark.parametrize("call", range(4))
def test_no_error_shows_the_key(server: Server, clay: Clay, answer: Answer, call: int) -> None:
    server.answers = [answer]
    with pytest.raises(ClayError) as caught:
        calls(clay)[call]()
    assert KEY not in everything_a_reporter_sees(caught.value)


def test_an_echoed_key_is_replaced(server: Server, clay: Clay) -> None:
    server.answers = [says(401, {"message": f"Unknown key '{KEY}'"})]
    with pytest.raises(KeyRejected, match="Unknown key '…'"):
        clay.me()


def test_no_log_shows_the_key(server: Server, clay: Clay, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.answers = [says(202, IN_PROGRESS)]
    clay.run("function:t_1", [ADA])
    assert caplog.records  # httpx and httpcore did log
    assert KEY not in caplog.text


def test_no_repr_shows_the_key(clay: Clay) -> None:
    assert KEY not in repr(clay) + repr(vars(clay))


@pytest.mark.parametrize("key", ["", "two words", "new\nline", "clé", "tab\t"])
def test_a_key_that_cannot_be_one_is_not_sent(server: Server, key: str) -> None:
    with pytest.raises(KeyRejected) as caught:
        Clay(server.url, key, timeouts=QUICK).me()
    assert server.connections == 0
    assert not key or key not in everything_a_reporter_sees(caught.value)


def test_a_message_of_clays_is_one_short_line(server: Server, clay: Clay) -> None:
    server.answers = [says(422, {"message": "first\nsecond\x1b[31m\x00" + "x" * 5000})]
    with pytest.raises(ClayError) as caught:
        clay.me()
    assert str(caught.value).startswith("Clay rejected the request (422): first second [31m xxx")
    assert len(str(caught.value)) < 560


def test_an_error_survives_pickling(server: Server, clay: Clay) -> None:
    server.answers = [says(429, {"message": "slow"}, retry_after="7")]
    with pytest.raises(ClayError) as caught:
        clay.me()
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301
    assert (str(copy), copy.status, copy.retry_after) == (str(caught.value), 429, 7.0)
