"""How much room the disk has: what is kept back from uploads, and when nothing that costs money is begun.

The last of a disk belongs to the database and to Redis, which must be able to write down what was done.
"""

import errno
import shutil
from pathlib import Path

from django.conf import settings
from django.db.utils import DatabaseError

MOST_RESERVED = 500 * 10**6
"""Bytes."""
RESERVED_SHARE = 0.05
"""Or so much of the disk, where that is less."""
LAST_QUARTER = 4
"""With less than this part of the reserve left nothing is sent: its outcome could not be written."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
_FULL_WORDS = ("disk is full", "no space left", "could not extend file", "misconf")
"""As SQLite, PostgreSQL and Redis (which refuses writes while its append-only file cannot grow) say it."""


def room_for_files() -> int:
    """Bytes that uploads may still take: what is free in the data folder, without the reserve."""
    room = shutil.disk_usage(settings.DATA_DIR)
    return room.free - _reserve(room.total)


def is_full() -> bool:
    """Whether what must be written down, by the database or our own Redis, may soon find no room."""
    return any(_is_full(place) for place in _places())


def _is_full(place: Path) -> bool:
    try:
        room = shutil.disk_usage(place)
    except OSError:  # not to be seen is another trouble than no room
        return False
    return room.free < _reserve(room.total) // LAST_QUARTER


def _reserve(total: int) -> int:
    return min(MOST_RESERVED, int(total * RESERVED_SHARE))


def _places() -> set[Path]:
    """Folders of what is on disks of this machine's."""
    database = settings.DATABASES["default"]
    kept = {Path(settings.REDIS_DIR).parent} if settings.BUNDLED_REDIS else set()
    if str(database["ENGINE"]).endswith("sqlite3"):
        kept.add(Path(str(database["NAME"])).parent)
    return kept


def is_about_room(error: BaseException) -> bool:
    """Whether this error says that a disk is full: the file system's, the database's or Redis'."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    if not isinstance(error, DatabaseError) and type(error).__module__.split(".")[0] != "redis":
        return False
    return any(words in str(error).lower() for words in _FULL_WORDS)
