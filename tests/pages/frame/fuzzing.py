"""Requests that nobody means well with: any address, the fields of its own forms, values that bite."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from random import Random
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

NASTY = [
    "",
    " ",
    "abc",
    "[]",
    "[::1",
    "//evil.test",
    "\0",
    "a\0b",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "０",
    "²",
    "-1",
    "0",
    "1",
    "2147483648",
    "9223372036854775808",
    "9" * 400,
    "1e999",
    "NaN",
    "Infinity",
    "0.001",
    "1,5",
    "true",
    "null",
    "{}",
    '{"a": ' * 60 + "1" + "}" * 60,
    "[" * 900 + "]" * 900,
    "2026-02-30",
    "0001-01-01",
    "9999-12-31",
    "2026-12-01T25:61",
    "\r\nX-Evil: 1",
    "\u202egnp",
    "<b>",
    "'; DROP TABLE jobs_row; --",
    "../../etc/passwd",
    "=1+1",
    "x" * 5000,
    "🏺" * 300,
    "1~abc",
    "abc~",
    "json://[",
    "http://[::1",
    "mailto://a:b@[",
]
COMMON = ["next", "q", "page", "after", "before", "state", "why", "sort", "day", "scope", "kind", "cause"]
KEYS = ["1", "2", "3", "0", "4711", "2147483648", "9223372036854775808", "9" * 30]
HEADERS = [{}, {}, {"HX-Request": "true"}, {"HX-Request": "true", "HX-Current-URL": "http://[::1"}]


class _Fields(HTMLParser):
    """Names of a page's fields, each with the values that the page itself offers."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"input", "select", "textarea", "button"} and given.get("name"):
            self.found.setdefault(str(given["name"]), []).append(given.get("value") or "")


@dataclass
class Fuzz:
    """Each request happens in a transaction that is taken back; what it learned of fields stays."""

    browser: Client
    random: Random
    fields: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def answers(self, count: int) -> Iterator[tuple[str, int]]:
        """What was asked, and the status of its answer."""
        routes = list(_routes(get_resolver().url_patterns))
        for number in range(count):
            route, pattern = routes[number % len(routes)]
            yield self._one(route, self._address(route, pattern))

    def _one(self, route: str, address: str) -> tuple[str, int]:
        posts = self.random.random() < 0.55
        data = self._data(route)
        headers, cookies = self.random.choice(HEADERS), self.browser.cookies.output(header="", sep="; ")
        with transaction.atomic():
            if posts:
                answer = self.browser.post(address, data, headers=headers)
            else:
                texts = {name: value for name, value in data.items() if not hasattr(value, "read")}
                answer = self.browser.get(address, texts, headers=headers)
            self._learn(route, answer)
            transaction.set_rollback(True)
        self.browser.cookies.clear()
        self.browser.cookies.load(cookies)  # signing out is taken back, too
        return f"{'POST' if posts else 'GET'} {address} {data!r:.600}", answer.status_code

    def _learn(self, route: str, answer: Any) -> None:
        if not answer.streaming and answer.get("Content-Type", "").startswith("text/html"):
            reader = _Fields()
            reader.feed(answer.content.decode(errors="replace"))
            self.fields.setdefault(route, {}).update(reader.found)

    def _data(self, route: str) -> dict[str, Any]:
        known = self.fields.get(route, {})
        data: dict[str, Any] = {
            name: self._value(offered) for name, offered in known.items() if self.random.random() < 0.9
        }
        for name in self.random.sample(COMMON, 2):
            data.setdefault(name, self._value([]))
        if "file" in data and self.random.random() < 0.8:
            text = self.random.choice(NASTY).encode("utf-8", "replace")
            data["file"] = SimpleUploadedFile(self.random.choice(["a.csv", "a.xlsx", "x" * 300]), text)
        return data

    def _value(self, offered: list[str]) -> Any:
        if offered and self.random.random() < 0.6:
            return self.random.choice(offered)
        return self.random.choice(NASTY)

    def _address(self, route: str, pattern: URLPattern) -> str:
        address = "/" + route
        for name, converter in pattern.pattern.converters.items():
            kind = type(converter).__name__.removesuffix("Converter").lower()
            keys = (
                KEYS[:3] * 4 + KEYS[3:] if kind == "int" else ["1", "workspace", "abc", "a" * 300, "%00", "²"]
            )
            for spelled in (f"<{kind}:{name}>", f"<{name}>"):
                address = address.replace(spelled, self.random.choice(keys))
        return address


def _routes(patterns: list[Any], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from _routes(each.url_patterns, before + str(each.pattern))
        elif isinstance(each, URLPattern):
            yield before + str(each.pattern), each
