"""Forms of the account."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User

from clayops.pages.frame.forms import PasswordForm


class SigninForm(AuthenticationForm):
    """Django's, in our words."""

    error_messages = {
        "invalid_login": "That user name and password do not match. Both are case-sensitive.",
        "inactive": "This account has been switched off. Ask whoever runs ClayOps.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "User name"


class WelcomeForm(PasswordForm):
    """The owner's account, at the very first start."""

    username = forms.CharField(
        label="User name",
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
        ),
        validators=[User.username_validator],
    )
    field_order = ["username", "password", "again"]
