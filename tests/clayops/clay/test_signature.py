"""Clay's signature and what its calls say."""

import hmac
import json

import pytest

from clayops.clay.signature import Nonsense, is_genuine, read_call, sign

SECRET = "whsec_test"
BODY = b'{"webhookId":"wh_1","createdAt":"2026-06-16T17:50:00.000Z","data":{"routine_run_id":"rr_1"}}'
BY_OPENSSL = "sha256=278662b2d4821428ec3f5992b26ef0af80484ee6b9e429096f2e0789acc7deac"
"""printf %s "$BODY" | openssl dgst -sha256 -hmac whsec_test"""


def test_it_is_what_openssl_says() -> None:
    assert sign(BODY, SECRET) == BY_OPENSSL
    assert is_genuine(BODY, BY_OPENSSL, SECRET)


def test_it_is_of_the_exact_bytes_not_of_what_they_mean() -> None:
    same = json.dumps(json.loads(BODY)).encode()
    assert json.loads(same) == json.loads(BODY)
    assert not is_genuine(same, BY_OPENSSL, SECRET)
    assert not is_genuine(BODY + b"\n", BY_OPENSSL, SECRET)


@pytest.mark.parametrize(
    "told",
    [
        "",
        "sha256=",
        BY_OPENSSL[7:],
        BY_OPENSSL[:-1],
        BY_OPENSSL.upper(),
        f"sha1={BY_OPENSSL[7:]}",
        "sha256=é",
    ],
)
def test_any_other_is_wrong(told: str) -> None:
    assert not is_genuine(BODY, told, SECRET)


def test_without_a_secret_nothing_is_genuine() -> None:
    assert not is_genuine(BODY, sign(BODY, ""), "")


def test_it_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []
    really = hmac.compare_digest

    def compare(a: bytes, b: bytes) -> bool:
        compared.append((a, b))
        return really(a, b)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert not is_genuine(BODY, "sha256=00", SECRET)
    assert compared == [(BY_OPENSSL.encode(), b"sha256=00")]


def test_a_call_names_its_run() -> None:
    call = read_call(BODY)
    assert (call.run_id, call.is_test) == ("rr_1", False)


def test_a_call_without_data_is_a_test() -> None:
    assert read_call(b'{"webhookId": "wh_1", "data": {}}').is_test


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b'"data"',
        b"{}",
        b'{"data": null}',
        b'{"data": []}',
        b'{"data": {"run": "rr_1"}}',
        b'{"data": {"routine_run_id": 1}}',
        b'{"data": {"routine_run_id": ""}}',
        b'{"data": {"routine_run_id": "rr\\u0000"}}',
        b'{"data": {"routine_run_id": "%s"}}' % (b"x" * 65),
        b"[" * 50_000,
    ],
)
def test_nonsense_is_said_to_be_so(body: bytes) -> None:
    with pytest.raises(Nonsense):
        read_call(body)
