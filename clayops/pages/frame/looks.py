"""How states look: a word, a shape and a tone, the same everywhere; never a colour alone."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobs.models import Job


@dataclass(frozen=True)
class Look:
    """`tone` is a class of components.css, `shape` a name of `SHAPES`."""

    word: str
    shape: str
    tone: str


# Drawn on 10 × 10, so that they look alike on every machine (no font, no emoji).
SHAPES = {
    "dot": "M5 1a4 4 0 1 0 0 8 4 4 0 1 0 0-8z",
    "ring": "M5 .6a4.4 4.4 0 1 0 0 8.8 4.4 4.4 0 1 0 0-8.8zM5 2.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 1 1 0-5.6z",
    "half": "M5 .6a4.4 4.4 0 1 0 0 8.8 4.4 4.4 0 1 0 0-8.8zM5 2v6a3 3 0 0 1 0-6z",
    "clock": "M5 .4a4.6 4.6 0 1 0 0 9.2 4.6 4.6 0 1 0 0-9.2zM4.4 2.2h1.2v2.6l1.9 1.1-.6 1-2.5-1.5z",
    "triangle": "M5 .6 9.8 9.2H.2z",
    "diamond": "M5 .2 9.8 5 5 9.8.2 5z",
    "square": "M1.4 1.4h7.2v7.2H1.4z",
    "cross": "M2.1.9 5 3.8 7.9.9 9.1 2.1 6.2 5l2.9 2.9-1.2 1.2L5 6.2 2.1 9.1.9 7.9 3.8 5 .9 2.1z",
    "check": "M.8 5.5 2.2 4.1 4 5.9 7.8 1.7l1.4 1.3L4.1 8.7z",
    "play": "M2 .8 9.2 5 2 9.2z",
    "pause": "M1.6 1h2.5v8H1.6zM5.9 1h2.5v8H5.9z",
    "arrow": "M.8 4.1h4.7L3.7 2.3 4.9 1l4.2 4-4.2 4-1.2-1.3 1.8-1.8H.8z",
    "minus": "M1 4h8v2H1z",
    "skip": "M.8 1.2 4.6 5 .8 8.8zM4.8 1.2 8.6 5 4.8 8.8z",
    "pencil": "M.8 9.2l.7-2.8L6.9 1l2.1 2.1-5.4 5.4z",
}

JOB = {
    "draft": Look("draft", "pencil", "quiet"),
    "ready": Look("getting ready", "clock", "info"),
    "running": Look("running", "play", "good"),
    "held": Look("held", "pause", "warn"),
    "paused": Look("paused", "pause", "warn"),
    "done": Look("done", "check", "good"),
    "cancelled": Look("cancelled", "square", "quiet"),
}
HOLD = {
    "budget": Look("held: budget", "pause", "warn"),
    "paused": Look("held: destination paused", "pause", "warn"),
    "clay_down": Look("held: Clay is down", "triangle", "bad"),
    "key_rejected": Look("held: key rejected", "cross", "bad"),
    "no_provider": Look("held: no provider", "pause", "warn"),
    "webhook_full": Look("held: webhook full", "cross", "bad"),
}
ROW = {
    "waiting": Look("waiting", "ring", "quiet"),
    "sending": Look("sending", "arrow", "info"),
    "in_flight": Look("in flight", "half", "info"),
    "enriched": Look("enriched", "check", "good"),
    "dead": Look("dead", "cross", "bad"),
    "discarded": Look("discarded", "minus", "quiet"),
    "skipped": Look("skipped", "skip", "quiet"),
}
PROOF = {
    "not_sent": Look("not sent", "ring", "quiet"),
    "maybe": Look("may have been sent", "triangle", "warn"),
    "sent": Look("sent", "arrow", "info"),
}
BATCH = {
    "waiting": Look("waiting", "ring", "quiet"),
    "sending": Look("sending", "arrow", "info"),
    "in_flight": Look("in flight", "half", "info"),
    "finished": Look("finished", "check", "good"),
}
OUTCOME = {
    "": Look("under way", "arrow", "info"),
    "accepted": Look("accepted", "check", "good"),
    "refused": Look("refused", "cross", "warn"),
    "unknown": Look("unknown", "triangle", "bad"),
}
RUN = {
    "out": Look("in flight", "half", "info"),
    "finished": Look("finished", "check", "good"),
    "given_up": Look("given up", "cross", "bad"),
}
TROUBLE = {
    "late": Look("late", "clock", "warn"),
    "stuck": Look("stuck", "triangle", "bad"),
    "gone": Look("results gone", "cross", "bad"),
    "odd": Look("unknown status", "diamond", "bad"),
}
CHARGE = {
    "no": Look("no", "ring", "good"),
    "possibly": Look("possibly", "triangle", "warn"),
    "yes": Look("yes", "dot", "bad"),
}
LETTER = {
    "open": Look("open", "diamond", "bad"),
    "approved": Look("approved", "check", "info"),
    "retrying": Look("retrying", "arrow", "info"),
    "resolved": Look("resolved", "check", "good"),
    "discarded": Look("discarded", "minus", "quiet"),
}
EVENT = {
    "failed": Look("failed", "cross", "bad"),
    "approved": Look("approved", "check", "info"),
    "retried": Look("sent again", "arrow", "info"),
    "edited": Look("edited", "pencil", "info"),
    "checked": Look("checked", "ring", "info"),
    "discarded": Look("discarded", "minus", "quiet"),
    "restored": Look("restored", "diamond", "warn"),
    "assigned": Look("assigned", "dot", "quiet"),
    "comment": Look("comment", "square", "quiet"),
    "split": Look("taken apart", "half", "quiet"),
    "late": Look("late result", "clock", "warn"),
    "resolved": Look("resolved", "check", "good"),
}
BULK = {
    "asked": Look("not confirmed", "pencil", "quiet"),
    "running": Look("running", "play", "good"),
    "trying": Look("waits for the first", "half", "info"),
    "done": Look("done", "check", "good"),
    "stopped": Look("stopped", "square", "warn"),
}
ITEM = {
    "": Look("its turn comes", "clock", "quiet"),
    "done": Look("done", "check", "good"),
    "refused": Look("refused", "cross", "bad"),
    "left": Look("left as it was", "minus", "quiet"),
}
ENTRY = {
    "pending": Look("being reserved", "clock", "quiet"),
    "reserved": Look("reserved", "half", "info"),
    "settled": Look("settled", "check", "good"),
    "released": Look("released", "minus", "quiet"),
}
BASIS = {
    "estimated": Look("estimated", "ring", "quiet"),
    "reported": Look("reported", "check", "good"),
    "partly": Look("partly reported", "half", "info"),
    "unknown": Look("may have been charged", "triangle", "warn"),
    "decided": Look("decided", "pencil", "info"),
}
REQUEST = {
    "open": Look("waiting", "clock", "warn"),
    "granted": Look("granted", "check", "good"),
    "declined": Look("declined", "cross", "bad"),
    "withdrawn": Look("withdrawn", "minus", "quiet"),
}
PROVIDER = {
    "unknown": Look("too few to tell", "ring", "quiet"),
    "healthy": Look("healthy", "check", "good"),
    "degraded": Look("degraded", "triangle", "warn"),
    "excluded": Look("left out", "cross", "bad"),
    "probing": Look("being tried", "half", "info"),
    "failing": Look("failing", "cross", "bad"),
    "pinned_in": Look("pinned in", "arrow", "info"),
    "pinned_out": Look("pinned out", "minus", "quiet"),
    "in": Look("pinned in", "arrow", "info"),
    "out": Look("pinned out", "minus", "quiet"),
    "": Look("automatic", "dot", "quiet"),
}
ATTEMPT = {
    "success": Look("success", "check", "good"),
    "empty": Look("empty", "ring", "quiet"),
    "error": Look("error", "cross", "bad"),
}
HEARD = {
    "test": Look("test", "check", "info"),
    "known": Look("run of ours", "check", "good"),
    "unknown": Look("unknown run", "ring", "warn"),
    "repeated": Look("repeated", "minus", "quiet"),
    "refused": Look("refused", "cross", "bad"),
}
LEVEL = {
    "bad": Look("Alert", "cross", "bad"),
    "warn": Look("Warning", "triangle", "warn"),
    "good": Look("Done", "check", "good"),
    "info": Look("Note", "dot", "info"),
}
KINDS = {
    "job": JOB,
    "hold": HOLD,
    "row": ROW,
    "proof": PROOF,
    "batch": BATCH,
    "outcome": OUTCOME,
    "run": RUN,
    "trouble": TROUBLE,
    "charge": CHARGE,
    "letter": LETTER,
    "bulk": BULK,
    "item": ITEM,
    "event": EVENT,
    "request": REQUEST,
    "level": LEVEL,
    "entry": ENTRY,
    "basis": BASIS,
    "provider": PROVIDER,
    "attempt": ATTEMPT,
    "heard": HEARD,
}


def look(kind: str, value: str) -> Look:
    """The look of a state; one that is not known shows its own name, quietly."""
    return KINDS[kind].get(value) or Look(str(value).replace("_", " "), "dot", "quiet")


def look_of_job(job: "Job") -> Look:
    """The job's state; what holds it is said with it ("held: budget")."""
    state = str(job.shown_state)
    return HOLD.get(job.hold, JOB["held"]) if state == "held" else look("job", state)


def with_word(base: Look, word: str) -> Look:
    """The same shape and tone with another word."""
    return replace(base, word=word)
