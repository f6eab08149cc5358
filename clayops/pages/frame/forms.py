"""Forms that several pages have."""

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.models import User


class PasswordForm(forms.Form):
    """A new password, typed twice; checked against the user name where the form has one."""

    password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="12 characters or more, not only digits, not like the user name, nor one that all use.",
    )
    again = forms.CharField(
        label="The same password again",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        password = given.get("password")
        if password and given.get("again") and password != given["again"]:
            self.add_error("again", "The two passwords differ.")
        if password:
            try:
                password_validation.validate_password(password, User(username=given.get("username", "")))
            except forms.ValidationError as error:
                self.add_error("password", error)
        return given
