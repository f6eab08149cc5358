"""`manage.py deadletters`: what failed and why; approve, retry or discard it, as on the pages."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from clayops.base.commands import NEEDS_A_PERSON, bad_input
from jobs import status
from jobs.models import BulkAction, DeadLetter, ItemOutcome, NotPossible, Verb
from jobs.models.deadletter import DeadLetterQuerySet
from jobs.review.bulk import actions

VERBS = {
    "approve": (Verb.APPROVE, "Approved"),
    "retry": (Verb.RETRY, "Retried"),
    "discard": (Verb.DISCARD, "Discarded"),
}
HIGHEST = 2**63


class Command(BaseCommand):
    help = (
        "Lists the dead letters that are open, and exits 1 where there are any. With approve, retry or "
        "discard: does that, by the rules of the pages, and exits 1 where a letter was refused."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", nargs="?", choices=list(VERBS), help="what to do; nothing lists them")
        parser.add_argument("ids", nargs="*", type=int, metavar="ID", help="the letters that are meant")
        parser.add_argument("--all", action="store_true", help="all that wait for a person")
        parser.add_argument("--note", metavar="TEXT", default="", help="why, for the record")
        parser.add_argument("--json", action="store_true", help="as JSON; the list like `status --json`")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"]:
            self._do(**options)
        else:
            self._list(as_json=options["json"])

    # -- the list ------------------------------------------------------------------------------------
    def _list(self, *, as_json: bool) -> None:
        letters = status.open_letters()
        if as_json:
            self.stdout.write(json.dumps([status.letter_status(letter) for letter in letters], indent=2))
        else:
            for letter in letters:
                rows = f"{letter.size:>5} rows  charged {letter.charge:<8}  {letter.state:<8}"
                self.stdout.write(f"{letter.pk:>6}  job {letter.job_id:<5} {rows}  {letter.cause}")
            self.stdout.write(f"{len(letters)} dead letters." if letters else "No dead letters.")
        if letters:
            raise SystemExit(NEEDS_A_PERSON)

    # -- the verbs -----------------------------------------------------------------------------------
    def _do(self, **options: Any) -> None:
        verb, said = VERBS[options["verb"]]
        letters = _meant(verb, options["ids"], everything=options["all"])
        try:
            action = actions.ask(verb, letters, None, words=_words(options["ids"]))
            actions.confirm(action, options["note"], even_if_nothing=True)
        except NotPossible as problem:
            hint = "" if options["note"].strip() else " Say why with --note TEXT."
            raise bad_input(f"{problem}{hint}") from None
        actions.run_here(action.pk)
        refused = list(action.items.filter(outcome=ItemOutcome.REFUSED).order_by("letter"))
        self._tell(action, said, {item.letter_id: item.text for item in refused}, as_json=options["json"])
        if refused:
            raise SystemExit(NEEDS_A_PERSON)

    def _tell(self, action: BulkAction, said: str, refused: dict[int, str], *, as_json: bool) -> None:
        done = action.items.filter(outcome=ItemOutcome.DONE).order_by("letter")
        ids = list(done.values_list("letter", flat=True))
        if as_json:
            told = [{"id": pk, "why": why} for pk, why in refused.items()]
            self.stdout.write(json.dumps({"done": ids, "refused": told}, indent=2))
            return
        self.stdout.write(f"{said}: {len(ids):,} of {action.letters:,} dead letters.")
        for pk, why in refused.items():
            self.stdout.write(f"{pk:>6}  refused: {why}")


def _meant(verb: Verb, ids: list[int], *, everything: bool) -> DeadLetterQuerySet:
    """The letters with these ids, each of which must be there, or all that the verb is for."""
    if everything == bool(ids):
        raise bad_input("Name the letters by their ids, or say --all.")
    shown = DeadLetter.objects.shown()
    if everything:
        waiting = shown.filter(state="open") if verb == Verb.APPROVE else shown.waiting()
        if not waiting.exists():
            raise bad_input("No dead letter waits for that.")
        return waiting
    known = set(shown.filter(pk__in=[pk for pk in ids if abs(pk) < HIGHEST]).values_list("pk", flat=True))
    if unknown := sorted(set(ids) - known):
        raise bad_input(f"There is no dead letter {', '.join(map(str, unknown))}.")
    return shown.filter(pk__in=ids)


def _words(ids: list[int]) -> str:
    return f"from the shell: {', '.join(map(str, ids))}" if ids else "from the shell: all"
