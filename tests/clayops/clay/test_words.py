"""What is said about a connection that broke."""

import httpx
import pytest

from clayops.clay.wire import Wire


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("Server disconnected without sending a response.", "without sending a response."),
        ("peer closed connection", "peer closed connection."),
        ("", "RemoteProtocolError."),
    ],
)
def test_a_sentence_ends_with_one_full_stop(error: str, said: str) -> None:
    words = Wire._lost(Wire.__new__(Wire), httpx.RemoteProtocolError(error))
    assert words.endswith(said)
    assert not words.endswith("..")
