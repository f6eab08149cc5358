"""The form of a notification rule: where to, of what, from which severity on."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.forms.boundfield import BoundWidget

from jobs.alerting.kinds import GROUPS, KINDS
from jobs.models import NotificationRule
from jobs.models.notice import Least
from jobs.notifying import addresses
from jobs.notifying import target as targets
from jobs.notifying.addresses import Mail
from jobs.notifying.target import Refused, Target

KEEP = "keep"
PLACES = {
    "slack": ("Slack", "by an incoming webhook"),
    "teams": ("Microsoft Teams", "by a workflow of the channel"),
    "mail": ("E-mail", "by your own mail server"),
    "other": ("Something else", "Discord, PagerDuty, SMS … all that apprise knows"),
}
SECURITY = [
    ("starttls", "STARTTLS (usual port 587)"),
    ("ssl", "TLS from the start (usual port 465)"),
    ("insecure", "none: only within one machine, or a network you trust (usual port 25)"),
]


def _text(label: str, help_text: str = "", **attrs: str) -> forms.CharField:
    """A field that counts only where its place is chosen, whose reader says what it may hold."""
    widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", **attrs})
    return forms.CharField(label=label, required=False, help_text=help_text, widget=widget)


class RuleForm(forms.Form):
    """Bound or not, it never holds an address that was kept: only what was typed just now."""

    name = forms.CharField(
        label="Name",
        max_length=100,
        help_text="For you to know it by, such as: Revops on call.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Give it a name."},
    )
    where = forms.ChoiceField(
        widget=forms.RadioSelect, error_messages={"required": "Choose where the messages go."}
    )
    slack_url = _text(
        "Webhook address",
        "In Slack: your app → Incoming Webhooks → Add New Webhook, then choose the channel.",
        placeholder="https://hooks.slack.com/services/T…/B…/…",
        inputmode="url",
    )
    teams_url = _text(
        "Workflow address",
        "In Teams: the channel’s … → Workflows → “Send webhook alerts to a channel”. "
        "Its last step shows the address.",
        placeholder="https://….logic.azure.com/workflows/…",
        inputmode="url",
    )
    mail_to = _text("To", "One address, or several with commas.", placeholder="revops@example.com")
    mail_from = _text("From", "Many mail servers only take what the user may send as.")
    mail_host = _text("Mail server (SMTP)", placeholder="smtp.example.com")
    mail_port = _text("Port", "Empty: the usual one.", inputmode="numeric")
    mail_security = forms.ChoiceField(label="Encryption", choices=SECURITY, required=False)
    mail_user = _text("User name", "Empty where the server asks for none.")
    mail_password = forms.CharField(
        label="Password",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    other_url = _text("Apprise address", placeholder="discord://…")
    which = forms.ChoiceField(
        choices=[("all", "All kinds, also those that come later"), ("some", "Only these:")],
        widget=forms.RadioSelect,
        required=False,
    )
    kinds = forms.MultipleChoiceField(
        choices=[(kind.name, kind.words) for kind in KINDS.values()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    least = forms.ChoiceField(
        choices=[
            (Least.WARN, "Alerts and warnings"),
            (Least.BAD, "Only alerts: something has stopped, or credits are at stake"),
        ],
        widget=forms.RadioSelect,
        required=False,
    )
    also_resolved = forms.BooleanField(label="Also say when it is over", required=False)

    def __init__(self, data: Mapping[str, Any] | None, rule: NotificationRule, *, readable: bool) -> None:
        super().__init__(data, initial=_initial(rule, readable=readable))
        self._rule = rule
        self.target: Target | None = None
        """Where to, once it is valid; None to leave it."""
        kept = [(KEEP, f"Leave it: {rule.service}")] if rule.pk and readable else []
        self.fields["where"].choices = kept + [  # type: ignore[attr-defined]
            (place, label) for place, (label, _) in PLACES.items()
        ]

    @property
    def places(self) -> list[tuple[BoundWidget, str]]:
        """Each choice of where to, and what it is."""
        about = {place: text for place, (_, text) in PLACES.items()} | {KEEP: self._rule.hint}
        return [(each, about[str(each.data["value"])]) for each in self["where"].subwidgets]

    @property
    def groups(self) -> list[tuple[str, list[BoundWidget]]]:
        ticks = {str(each.data["value"]): each for each in self["kinds"].subwidgets}
        return [(title, [ticks[kind.name] for kind in kinds]) for title, kinds in GROUPS]

    @property
    def lost_password(self) -> bool:
        """Whether one was typed that the page does not send back."""
        return bool(self.is_bound and self.data.get("mail_password"))

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        given["least"] = given.get("least") or Least.WARN
        given["kinds"] = given.get("kinds", []) if given.get("which") == "some" else []
        self._check_kinds(given)
        read: Mapping[str, Callable[[], Target | None]] = {
            "slack": lambda: self._read("slack_url", addresses.slack, "Paste the webhook’s address."),
            "teams": lambda: self._read("teams_url", addresses.teams, "Paste the workflow’s address."),
            "other": lambda: self._read("other_url", targets.read, "Type the address."),
            "mail": self._mail,
        }
        if (place := given.get("where") or "") in read:
            self.target = read[place]()
        return given

    def _check_kinds(self, given: dict[str, Any]) -> None:
        if given.get("which") == "some" and not given["kinds"] and "kinds" not in self.errors:
            self.add_error("kinds", "Tick at least one, or choose all kinds.")
        elif (
            given["kinds"]
            and given["least"] == Least.BAD
            and all(KINDS[k].only_warns for k in given["kinds"])
        ):
            self.add_error(
                "least", "What is ticked is never more than a warning: choose alerts and warnings."
            )

    def _read(self, field: str, reader: Callable[[str], Target], if_empty: str) -> Target | None:
        try:
            if not self.cleaned_data.get(field, ""):
                raise Refused(if_empty)
            return reader(self.cleaned_data.get(field, ""))
        except Refused as problem:
            self.add_error(field, str(problem))
            return None

    # -- mail -----------------------------------------------------------------------------------------
    def _mail(self) -> Target | None:
        to, sender = self._people("mail_to"), self._people("mail_from")
        host, port = self._host(), self._port()
        given = self.cleaned_data
        user, password = given.get("mail_user", ""), given.get("mail_password", "")
        security = given.get("mail_security") or "starttls"
        if len(sender) > 1:
            self.add_error("mail_from", "Only one address.")
        if not (user + password).isascii():
            self.add_error("mail_password", "Mail servers take only plain letters, digits and signs (ASCII).")
        if password and not user:
            self.add_error("mail_user", "A password needs a user name.")
        mail = Mail(to, "".join(sender), host, port, security, user, password)
        if password and mail.is_readable:
            self.add_error("mail_security", "The password would go through the network for all to read.")
        if any(field.startswith("mail_") for field in self.errors):
            return None
        return self._read("mail_host", lambda _: mail.target(), "")

    def _people(self, field: str) -> list[str]:
        addressed = [each.strip() for each in self.cleaned_data.get(field, "").split(",") if each.strip()]
        if not addressed:
            self.add_error(field, "Type an e-mail address.")
        for each in addressed:
            try:
                validate_email(each)
            except ValidationError:
                self.add_error(field, f"“{each}” is no e-mail address.")
        return addressed

    def _host(self) -> str:
        typed: str = self.cleaned_data.get("mail_host", "")
        try:
            return addresses.host_of(typed)
        except Refused as problem:
            self.add_error("mail_host", str(problem) if typed else "Type the mail server’s name.")
            return typed

    def _port(self) -> int | None:
        typed: str = self.cleaned_data.get("mail_port", "")
        if not typed:
            return None
        if not (typed.isascii() and typed.isdigit() and 0 < int(typed[:6]) < 65_536):
            self.add_error("mail_port", "A number from 1 to 65535.")
            return None
        return int(typed)


def _initial(rule: NotificationRule, *, readable: bool) -> dict[str, Any]:
    return {
        "name": rule.name,
        "where": KEEP if rule.pk and readable else _place_of(rule),
        "which": "some" if rule.kinds else "all",
        "kinds": rule.kinds,
        "least": rule.least,
        "also_resolved": rule.also_resolved,
    }


def _place_of(rule: NotificationRule) -> str:
    """Where the address that is to be typed (again) leads."""
    known = (place for place, (label, _) in PLACES.items() if label == rule.service)
    return next(known, "other" if rule.pk else "slack")
