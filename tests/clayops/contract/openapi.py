"""Clay's own OpenAPI document, which lies beside the repository. It is reference data and not part of it."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

BESIDE = Path(__file__).resolve().parents[4] / "shared" / "clay-openapi.json"
DOCUMENT = Path(os.environ.get("CLAY_CONTRACT") or BESIDE)
MISSING = (
    f"{DOCUMENT} is missing: Clay's published OpenAPI document of the Public API v0 (JSON); put it there,"
    " or name it with CLAY_CONTRACT=path"
)


@cache
def document() -> dict[str, Any]:
    """The contract. Without it a laptop skips the test, and CI fails."""
    if not DOCUMENT.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    data: dict[str, Any] = json.loads(DOCUMENT.read_text())
    return data


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    """A validator for `schema`, which may refer to `#/components/schemas/…`."""
    return Draft202012Validator({**schema, "components": document()["components"]})


def resolved(schema: Any) -> Any:
    """`schema` with all references replaced by what they refer to."""
    if isinstance(schema, list):
        return [resolved(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return resolved(referred(schema["$ref"]))
    return {key: resolved(value) for key, value in schema.items()}


def referred(ref: str) -> dict[str, Any]:
    """The schema that `#/components/schemas/…` means."""
    schema: dict[str, Any] = document()["components"]["schemas"][ref.rsplit("/", 1)[1]]
    return schema


def operation(method: str, path: str) -> dict[str, Any]:
    """The operation whose path template fits `path` (without base and query)."""
    for template, methods in document()["paths"].items():
        if _fits(template, path) and method.lower() in methods:
            found: dict[str, Any] = methods[method.lower()]
            return found
    raise AssertionError(f"{method} {path} is not in the contract")


def _fits(template: str, path: str) -> bool:
    pairs = zip(template.split("/"), path.split("/"), strict=False)
    return template.count("/") == path.count("/") and all(a == b or a.startswith("{") for a, b in pairs)


def answer_schema(method: str, path: str, status: int) -> dict[str, Any]:
    """The schema of an answer's body. A status that the contract does not list fails."""
    listed = operation(method, path)["responses"]
    assert str(status) in listed, f"{method} {path} may not answer {status}"
    schema: dict[str, Any] = listed[str(status)]["content"]["application/json"]["schema"]
    return schema


def body_schema(method: str, path: str) -> dict[str, Any]:
    """The schema of a request's body."""
    schema: dict[str, Any] = operation(method, path)["requestBody"]["content"]["application/json"]["schema"]
    return schema
