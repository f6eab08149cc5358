"""Looking for a text, whatever its case, in names and in the cells of rows; alike on SQLite and PostgreSQL.

SQLite's LIKE folds A to Z only, PostgreSQL's what its locale says: so the cases of other letters are
spelled out.
"""

import json
import re
from typing import TYPE_CHECKING, Any

from django.db.models import JSONField, Lookup, Q
from django.db.models.sql.compiler import SQLCompiler

if TYPE_CHECKING:
    _TextLookup = Lookup[str]
else:
    _TextLookup = Lookup

LONGEST = 200
"""Characters of a term that count."""


def term_of(text: str) -> str:
    """What a person typed, as a term to look for."""
    return text.replace("\0", "").strip()[:LONGEST]


def cases(char: str) -> list[str]:
    """The character in each of its cases; those that become several characters are left out."""
    found = dict.fromkeys([char, char.lower(), char.upper()])
    return [each for each in found if len(each) == 1]


def pattern(term: str) -> str:
    """A regular expression, for Python and for PostgreSQL, that finds `term` in any case."""
    return "".join(f"[{''.join(cases(c))}]" if len(cases(c)) > 1 else re.escape(c) for c in term)


def in_any(term: str, *fields: str) -> Q:
    """That one of the text fields has the term in it."""
    found = Q()
    for field in fields:
        found |= Q(**{f"{field}__regex": pattern(term)})
    return found


def likely(term: str, *, ascii_only: bool) -> str:
    """A LIKE pattern for JSON text that has all that the term finds, and perhaps more.

    `ascii_only`: the text has letters such as é as `\\u00e9` (Django's JSON on SQLite), else as they are.
    A place where the cases of a letter differ takes any character.
    """
    return f"%{''.join(_likely(char, ascii_only) for char in term)}%"


def _likely(char: str, ascii_only: bool) -> str:
    same = [char] if char.isascii() else cases(char)  # LIKE and ILIKE fold A to Z themselves
    forms = [json.dumps(each, ensure_ascii=ascii_only)[1:-1] for each in same]
    if len({len(form) for form in forms}) > 1:
        return "%"
    places = zip(*forms, strict=True)
    return "".join(_literal(each[0]) if len(set(each)) == 1 else "_" for each in places)


def _literal(char: str) -> str:
    return f"\\{char}" if char in "\\%_" else char


@JSONField.register_lookup
class HasCell(_TextLookup):
    """`cells__has_cell="term"`: one of the cells of a JSON list has the term in it.

    The text of the list is looked at first, as that is fast; taking it apart tells for sure.
    """

    lookup_name = "has_cell"
    prepare_rhs = False

    def as_sqlite(self, compiler: SQLCompiler, connection: Any) -> tuple[str, list[Any]]:
        """Of a million rows: 0.3 s where none fits."""
        cells, params = self.process_lhs(compiler, connection)
        each = f"EXISTS (SELECT 1 FROM json_each({cells}) AS cell WHERE cell.value REGEXP %s)"  # noqa: S608
        first = likely(self.rhs, ascii_only=True)
        return f"({cells} LIKE %s ESCAPE '\\' AND {each})", [*params, first, *params, pattern(self.rhs)]

    def as_postgresql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, list[Any]]:
        cells, params = self.process_lhs(compiler, connection)
        each = f"EXISTS (SELECT 1 FROM jsonb_array_elements_text({cells}) AS cell WHERE cell ~ %s)"  # noqa: S608
        first = likely(self.rhs, ascii_only=False)
        return f"({cells}::text ILIKE %s AND {each})", [*params, first, *params, pattern(self.rhs)]
