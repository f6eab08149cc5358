"""Hypothesis strategies for JSON Schema, as much of it as the contract uses."""

from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.clayops.contract.openapi import referred

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
"""Any JSON value."""


def bodies(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that are valid for `schema`, which may refer to itself."""
    if "$ref" in schema:
        return _named(schema["$ref"])
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return st.one_of([bodies(one) for one in schema[several]])
    return _of_type(schema)


@cache
def _named(ref: str) -> st.SearchStrategy[Any]:
    return st.deferred(lambda: bodies(referred(ref)))


def _of_type(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    low, high = schema.get("minLength", 0), schema.get("maxLength")
    match schema.get("type"):
        case "object":
            return _objects(schema)
        case "array":
            few = min(4, schema.get("maxItems", 4))
            return st.lists(bodies(schema["items"]), min_size=schema.get("minItems", 0), max_size=few)
        case "string":
            return st.text(min_size=low, max_size=high)
        case "integer":
            return st.integers(schema.get("minimum"), schema.get("maximum"))
        case "number":
            return st.integers() | st.floats(allow_nan=False, allow_infinity=False)
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
    return ANYTHING


def _objects(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    known = {name: bodies(one) for name, one in schema.get("properties", {}).items()}
    required = {name: known.pop(name) for name in schema.get("required", [])}
    if isinstance(schema.get("additionalProperties"), dict):
        return st.dictionaries(st.text(), bodies(schema["additionalProperties"]), max_size=4)
    return st.fixed_dictionaries(required, optional=known)
