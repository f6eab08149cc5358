"""What stops a start is one plain line that says what to do, and exit 2."""

import socket
from pathlib import Path

import pytest

from clayops.up import processes
from tests.clayops.up.product import free_port, manage


def refused(data: Path, **env: str) -> str:
    """The one line that `up` ends with."""
    ran = manage("up", data=data, **{"PORT": str(free_port())} | env)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.count("\n") == 1
    assert processes.marked(processes.mark_of(data)) == set()
    return ran.stderr


@pytest.mark.parametrize("offset", [0, 1], ids=["web", "sandbox"])
def test_a_port_in_use(data: Path, offset: int) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port + offset)):
        line = refused(data, PORT=str(port))
    assert line.startswith(f"clayops: PORT: port {port + offset}, where the ")
    assert (
        f"is in use by another program; stop that one, or choose another: PORT={port + offset + 10}" in line
    )


def test_a_port_in_use_on_ipv6_only(data: Path) -> None:
    port = free_port()
    try:
        taken = socket.create_server(("::1", port), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 here")
    with taken:
        assert f"port {port}, where the web server" in refused(data, PORT=str(port))


def test_a_broken_variable(data: Path) -> None:
    assert refused(data, WORKERS="many") == "clayops: WORKERS must be a whole number, not 'many'\n"


def test_a_data_folder_that_cannot_be_written(data: Path) -> None:
    Path(data, "file").touch()
    assert refused(data / "file" / "folder").startswith(
        "clayops: DATA_DIR is not a folder that can be written to"
    )


def test_a_database_that_cannot_be_reached(data: Path) -> None:
    line = refused(data, DATABASE_URL=f"postgresql://ada:secret@127.0.0.1:{free_port()}/clayops")
    assert line.startswith("clayops: DATABASE_URL: cannot use the database (")
    assert "secret" not in line


def test_a_redis_that_cannot_be_reached(data: Path) -> None:
    port = free_port()
    line = refused(data, REDIS_URL=f"redis://:secret@127.0.0.1:{port}/0")
    assert line.startswith(f"clayops: REDIS_URL: cannot use the Redis at 127.0.0.1:{port} (")
    assert "secret" not in line
