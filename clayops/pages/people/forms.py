"""Forms of the people: what somebody may do, and the password that they set themselves."""

from typing import Any

from django import forms
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import User

from clayops.pages.frame.forms import PasswordForm
from clayops.people.rights import RIGHTS, Person, why_still_owner


class RightsForm(forms.Form):
    """What a person may do."""

    rights = forms.MultipleChoiceField(
        choices=[(right.name, right.text) for right in RIGHTS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    owner = forms.BooleanField(label="Owner: everything, and manages people", required=False)


class ChangeForm(RightsForm):
    """What somebody may do from now on. The tick that must stay cannot be taken away."""

    def __init__(self, data: Any, person: Person) -> None:
        super().__init__(data, initial={"rights": person.right_names, "owner": person.user.is_superuser})
        self.fields["owner"].help_text = why_still_owner(person.user)
        self.fields["owner"].disabled = bool(self.fields["owner"].help_text)


class AddForm(RightsForm):
    """Somebody new."""

    username = UsernameField(
        label="User name",
        max_length=150,
        help_text="The name to sign in with. It cannot be changed later. Letters, digits and @ . + - _",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autofocus": True}),
        validators=[User.username_validator],
        error_messages={"required": "Say what the person is called."},
    )


class JoinForm(PasswordForm):
    """The password of somebody who has been added, or has lost theirs."""

    def __init__(self, data: Any, user: User) -> None:
        super().__init__(data)
        self._user = user
        self.fields["password"].widget.attrs["autofocus"] = True

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["username"] = self._user.username  # a password must not be like it
        return super().clean()
