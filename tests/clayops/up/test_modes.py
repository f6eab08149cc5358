"""The data folder is ours alone, however it was made."""

from pathlib import Path

import pytest

from clayops.up import StartError, preconditions
from tests.clayops.up.product import python


def mode(path: Path) -> str:
    return f"{path.stat().st_mode & 0o777:o}"


def test_a_folder_that_stood_open_is_closed_with_all_that_is_in_it(data: Path) -> None:
    data.chmod(0o755)
    file, tool, inside = data / "clayops.sqlite3", data / "tool", data / "uploads"
    inside.mkdir(mode=0o755)
    for path, was in ((file, 0o644), (tool, 0o755), (inside / "a.csv", 0o666)):
        path.touch()
        path.chmod(was)
    (data / "elsewhere").symlink_to("/etc/hostname")
    (warning,) = preconditions.close_to_others(data)
    assert "closed to them now" in warning
    assert [mode(path) for path in (data, file, tool, inside, inside / "a.csv")] == [
        "700",
        "600",
        "700",
        "700",
        "600",
    ]
    assert preconditions.close_to_others(data) == []


def test_a_folder_that_cannot_be_closed_is_refused() -> None:
    """As that of somebody else is; this one not even root may close."""
    with pytest.raises(StartError, match="DATA_DIR: others on this machine can read"):
        preconditions.close_to_others(Path("/proc/sys"))


def test_what_any_process_of_ours_writes_is_ours(data: Path) -> None:
    code = "from pathlib import Path; from django.conf import settings; "
    code += "path = Path(settings.DATA_DIR, 'x'); path.touch(); print(f'{path.stat().st_mode:o}')"
    assert python(code, data).endswith("600")
