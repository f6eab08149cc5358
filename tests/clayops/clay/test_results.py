"""Reading: who am I, and the results of a run. It charges nothing, whatever comes."""

from typing import Any

import pytest

from clayops.clay import (
    Charged,
    Clay,
    ClayError,
    Finished,
    InProgress,
    KeyRejected,
    Me,
    OddStatus,
    Rejected,
    ResultItem,
    Unclear,
)
from clayops.clay.answers import read_object
from tests.clayops.clay.server import RUN_ID, Answer, Server, half_an_answer, resets, says


def page(*items: Any, **more: Any) -> Answer:
    body = {"routine_run_id": RUN_ID, "total": 3, "finished": 3, "status": "complete", "data": list(items)}
    return says(200, body | more)


def complete(item_id: str) -> dict[str, Any]:
    return {"id": item_id, "status": "complete", "result": {"work_email": f"{item_id}@acme.example"}}


def failure(clay: Clay) -> ClayError:
    with pytest.raises(ClayError) as caught:
        clay.results(RUN_ID)
    return caught.value


def test_me(server: Server, clay: Clay) -> None:
    server.answers = [says(200, {"user": {"id": "u1", "name": "Grace"}, "workspace": {"id": "w1"}})]
    assert clay.me() == Me("u1", "Grace", "w1")


def test_me_may_have_no_name(server: Server, clay: Clay) -> None:
    server.answers = [says(200, {"user": {"id": "u1", "name": None}, "workspace": {"id": "w1"}})]
    assert clay.me().user_name is None


def test_me_with_a_key_that_is_rejected(server: Server, clay: Clay) -> None:
    server.answers = [says(401, {"message": "Invalid API key"})]
    with pytest.raises(KeyRejected, match=r"Clay rejected the API key \(401\): Invalid API key"):
        clay.me()


def test_a_run_in_progress(server: Server, clay: Clay) -> None:
    server.answers = [
        says(202, {"routine_run_id": RUN_ID, "total": 50, "finished": 12, "status": "in_progress"})
    ]
    assert clay.results(RUN_ID) == InProgress(50, 12)
    assert server.requests[0].path == f"/public/v0/routines/run/{RUN_ID}/results?limit=100"


def test_all_pages_come_in_order(server: Server, clay: Clay) -> None:
    server.answers = [page(complete("1"), cursor="a&b"), page(complete("2"), cursor="c"), page(complete("3"))]
    finished = clay.results(RUN_ID)
    assert isinstance(finished, Finished)
    assert [item.id for item in finished.items] == ["1", "2", "3"]
    assert server.requests[1].path.endswith("/results?limit=100&cursor=a%26b")


def test_an_item_keeps_its_result_or_its_error(server: Server, clay: Clay) -> None:
    failed = {"id": "2", "status": "failed", "error": {"message": "No domain"}}
    server.answers = [page(complete("1"), failed)]
    finished = clay.results(RUN_ID)
    assert isinstance(finished, Finished)
    assert finished.items == [
        ResultItem("1", "complete", {"work_email": "1@acme.example"}, None, complete("1")),
        ResultItem("2", "failed", None, "No domain", failed),
    ]


def test_an_item_of_an_unknown_status_is_kept(server: Server, clay: Clay) -> None:
    server.answers = [page({"id": "1", "status": "skipped"})]
    finished = clay.results(RUN_ID)
    assert isinstance(finished, Finished)
    assert finished.items[0].status == "skipped"


@pytest.mark.parametrize(
    "odd", [7, None, "x", {}, {"id": True}, {"id": ""}, {"id": "x" * 65}, {"id": None, "status": 1}]
)
def test_an_item_without_a_usable_id_is_kept(server: Server, clay: Clay, odd: Any) -> None:
    server.answers = [page(odd, complete("1"))]
    finished = clay.results(RUN_ID)
    assert isinstance(finished, Finished)
    assert [item.id for item in finished.items] == ["", "1"]
    assert finished.items[0].raw == (odd if isinstance(odd, dict) else {"value": odd})


def test_an_id_that_came_back_as_a_number_is_ours_all_the_same(server: Server, clay: Clay) -> None:
    server.answers = [page({"id": 7, "status": "complete"})]
    finished = clay.results(RUN_ID)
    assert isinstance(finished, Finished)
    assert finished.items[0].id == "7"


def test_a_number_that_no_database_can_hold_becomes_its_text() -> None:
    assert read_object(b'{"x": 1e999, "y": 1.5, "z": 3}') == {"x": "1e999", "y": 1.5, "z": 3}


def test_a_terminal_status_that_nobody_knows(server: Server, clay: Clay) -> None:
    server.answers = [says(200, {"routine_run_id": RUN_ID, "status": "cancelled"})]
    assert clay.results(RUN_ID) == OddStatus("cancelled", {"routine_run_id": RUN_ID, "status": "cancelled"})


def test_results_that_are_gone(server: Server, clay: Clay) -> None:
    server.answers = [says(404, {"message": "Run not found"})]
    error = failure(clay)
    assert (type(error), error.status, error.charged) == (Rejected, 404, Charged.NO)


def test_a_cursor_that_repeats_is_noticed(server: Server, clay: Clay) -> None:
    server.answers = [page(complete("1"), cursor="again")]
    assert isinstance(failure(clay), Unclear)
    assert len(server.requests) == 2


def test_pages_without_end_are_noticed(server: Server, clay: Clay) -> None:
    server.answers = [page(complete(str(n)), cursor=f"c{n}") for n in range(60)]
    assert isinstance(failure(clay), Unclear)
    assert len(server.requests) == 50


UNCLEAR: dict[str, Answer] = {
    "500": says(500, {"message": "oh"}),
    "503": says(503, {"message": "oh"}),
    "a redirect": says(302, {"message": "there"}, location="/else"),
    "reset": resets,
    "half": half_an_answer,
    "silence": lambda sock: None,
    "no data": page(data=None),
    "a cursor that is a number": page(cursor=4),
    "no total": page(total="three"),
    "a total below zero": page(total=-1),
    "no status": page(status=None),
    "202 but complete": says(
        202, {"routine_run_id": RUN_ID, "total": 1, "finished": 1, "status": "complete"}
    ),
    "201": says(201, {}),
    "infinity": says(200, b'{"status": "complete", "total": 1e999, "finished": 1, "data": []}'),
    "true": page(total=True),
}


@pytest.mark.parametrize("name", UNCLEAR)
def test_reading_that_stayed_unclear_charges_nothing_and_may_be_repeated(
    server: Server, clay: Clay, name: str
) -> None:
    server.answers = [UNCLEAR[name]]
    error = failure(clay)
    assert (type(error), error.charged, error.retryable) == (Unclear, Charged.NO, True)


def test_what_no_database_can_store_is_replaced(server: Server, clay: Clay) -> None:
    item = b'{"id": "1", "status": "complete", "result": {"na\\u0000me": ["\\ud800 x", "\\ud83d\\ude42"]}}'
    server.answers = [says(200, b'{"status": "complete", "total": 1, "finished": 1, "data": [%s]}' % item)]
    finished = clay.results(RUN_ID)
    assert isinstance(finished, Finished)
    assert finished.items[0].result == {"na\ufffdme": ["\ufffd x", "🙂"]}
