"""Which Redis is ours, and how it is set up."""

import stat
import time
from pathlib import Path

import pytest
import redis

from clayops.up import StartError, preconditions, redis_server
from clayops.up.redis_server import OwnRedis, find_server, start_for_tests


def program(folder: Path, name: str, says: str) -> Path:
    """A stand-in server on the PATH that answers `--version`."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def test_a_new_server_on_the_path_is_used_though_an_old_one_comes_first(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(data / "old", "redis-server", "Redis server v=6.2.14 sha=40305114:0 malloc=libc bits=64")
    valkey = program(
        data / "new", "valkey-server", "Valkey server v=8.1.0 sha=00000000:0 malloc=jemalloc bits=64"
    )
    monkeypatch.setenv("PATH", f"{data / 'old'}:/bin:{data / 'new'}")
    assert find_server() == redis_server.Server(valkey, (8, 1, 0), "path")


def test_without_a_new_one_the_bundled_one_is_used(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(data, "redis-server", "Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64")
    program(data, "valkey-server", "no idea")
    monkeypatch.setenv("PATH", str(data))
    assert find_server().kind == "bundled"


def test_without_any_server_the_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(redis_server, "find_spec", lambda name: None)
    with pytest.raises(StartError, match=r"install redis-server or valkey-server .* or set REDIS_URL"):
        find_server()


def test_the_password_is_in_a_file_of_ours_alone_and_not_on_the_command_line(data: Path) -> None:
    argv = redis_server.command(data / "redis", data / "redis" / "r.sock", 'pass "word" \\')
    assert stat.S_IMODE(Path(argv[1]).stat().st_mode) == 0o600
    assert "pass" not in " ".join(argv)


def test_it_asks_for_the_password_evicts_nothing_and_opens_no_port(redis_server: OwnRedis) -> None:
    with redis.Redis.from_url(redis_server.url, decode_responses=True) as client:
        names = ("maxmemory-policy", "appendonly", "appendfsync", "port")
        assert [client.config_get(name)[name] for name in names] == ["noeviction", "yes", "everysec", "0"]
    with (
        redis.Redis(unix_socket_path=str(redis_server.socket)) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_odd_characters_in_folder_and_password_are_understood(data: Path) -> None:
    folder = data / 'a "folder" of \\ Ada’s'
    folder.mkdir()
    server = start_for_tests(folder)
    server.stop()
    assert Path(folder, "appendonly.aof").exists()


def test_a_killed_one_starts_on_its_old_socket_with_what_it_knew(data: Path) -> None:
    server = start_for_tests(data)
    with redis.Redis.from_url(server.url) as client:
        client.set("ada", "lovelace")
        time.sleep(0.2)
        server.kill()
        assert server.socket.exists()
        server.restart()
        assert client.get("ada") == b"lovelace"
    server.stop()


def test_an_external_one_that_may_evict_is_warned_of(redis_server: OwnRedis) -> None:
    assert preconditions.check_redis(redis_server.url) == []
    with redis.Redis.from_url(redis_server.url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            assert "set it to noeviction" in preconditions.check_redis(redis_server.url)[0]
        finally:
            client.config_set("maxmemory-policy", "noeviction")
