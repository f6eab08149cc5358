"""Who may do what with dead letters, and why somebody may not, in words."""

from django.contrib.auth.models import User

from clayops.people import rights
from jobs.models import Verb

EDIT = "edit"
_APPROVE, _RETRY = "jobs.approve_deadletter", "jobs.retry_deadletter"
_DISCARD = "jobs.discard_deadletter"
NEEDED = {
    Verb.APPROVE: (_APPROVE,),
    Verb.RETRY: (_RETRY,),
    Verb.APPROVE_RETRY: (_APPROVE, _RETRY),
    Verb.DISCARD: (_DISCARD,),
    Verb.RESTORE: (_DISCARD,),
    Verb.CHECK: (),
    Verb.ASSIGN: (),
    EDIT: ("jobs.edit_rows",),
}
"""Looking, checking with Clay (which costs nothing), assigning and commenting are everybody's."""


def why_not(user: User, verb: str) -> str:
    """Why this person may not do it; empty where they may."""
    return rights.why_not(user, *NEEDED[verb])


def of(user: User) -> dict[str, str]:
    """The same for every verb, `approve_retry` with an underscore, for templates."""
    return {str(verb).replace("-", "_"): why_not(user, verb) for verb in NEEDED}
