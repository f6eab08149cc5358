"""How often a test goes to Redis: the commands that leave, as they leave."""

from collections.abc import Callable

import pytest
from redis.connection import AbstractConnection

Sent = Callable[[], list[str]]


def notice(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """From now on, a function that gives the commands that left since it was last asked."""
    commands: list[str] = []
    send = AbstractConnection.send_packed_command

    def noticed(self: AbstractConnection, command: object, check_health: bool = True) -> object:
        commands.append(_name(command))
        return send(self, command, check_health)  # type: ignore[no-untyped-call]

    def taken() -> list[str]:
        found, commands[:] = list(commands), []
        return found

    monkeypatch.setattr(AbstractConnection, "send_packed_command", noticed)
    return taken


def _name(command: object) -> str:
    """EVALSHA, of `[b"*3\\r\\n$7\\r\\nEVALSHA\\r\\n…"]`; of a pipeline, the first of it."""
    packed = command if isinstance(command, bytes) else b"".join(command)  # type: ignore[arg-type]
    return packed.split(b"\r\n", 3)[2].decode()
