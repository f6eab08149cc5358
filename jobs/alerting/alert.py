"""One alert, and the buttons on it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


@dataclass(frozen=True)
class Action:
    """A button that posts, or with `is_link` a link: what it says, and where it leads."""

    label: str
    url_name: str
    pk: int | str | None = None
    """What the address takes; the verb where it is for all runs at once."""
    is_link: bool = False
    in_dialog: bool = False
    """A link to a page that asks: it opens in the dialog where it can."""
    query: str = ""
    name: str = ""
    """What it is called where the label alone says too little: "Grant 500 to ana"."""
    permission: str = ""
    """Only for who has this permission."""
    unless: str = ""
    """Only for who has not."""
    made_by: int | None = None
    """Whose own it is about: they need no permission."""

    @property
    def url(self) -> str:
        address = reverse(self.url_name, args=[] if self.pk is None else [self.pk])
        return f"{address}?{self.query}" if self.query else address

    def is_for(self, user: "User | AnonymousUser") -> bool:
        if self.unless and user.has_perm(self.unless):
            return False
        is_own = self.made_by is not None and self.made_by == user.pk
        return not self.permission or is_own or user.has_perm(self.permission)


@dataclass(frozen=True)
class Alert:
    """One thing that is wrong. `text` says what, `detail` what is at stake and what to do."""

    kind: str
    level: str
    """`bad` or `warn`."""
    text: str
    detail: str = ""
    since: datetime | None = None
    actions: list[Action] = field(default_factory=list)
    permission: str = ""
    """Only for who has this permission; the shell sees all."""
    about: str = ""
    """What it is about, among those of its kind: a thing alerts once."""
    count: int = 1
    """How many such things there are."""
    weight: int = 0
    """How bad it is among others of its level: where it rises, the alert is news again, put aside or not."""
    replaces: Sequence[str] = ()
    """Keys of alerts that tell of the same: on record they become this one, and nothing is over."""
    record: int | None = None
    """The key of its `AlertRecord`, where it is on record already."""

    @property
    def key(self) -> str:
        """The same as long as it is the same alert."""
        return f"{self.kind}:{self.about}" if self.about else self.kind

    def is_for(self, user: "User | AnonymousUser") -> bool:
        return not self.permission or user.has_perm(self.permission)
