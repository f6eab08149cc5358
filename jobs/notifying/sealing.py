"""Addresses hold tokens and passwords: they lie in the database sealed, with a key made from SECRET_KEY."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"notification targets"


class Unreadable(Exception):
    """Sealed with another SECRET_KEY, or damaged."""


def seal(text: str) -> str:
    return _box(settings.SECRET_KEY).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """What was sealed. Raises Unreadable."""
    try:
        return _box(settings.SECRET_KEY).decrypt(sealed.encode()).decode()
    except (InvalidToken, ValueError):
        raise Unreadable from None


@lru_cache(maxsize=4)
def _box(secret: str) -> Fernet:
    """SECRET_KEY itself signs sessions: what is made from it for this purpose opens nothing else."""
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))
