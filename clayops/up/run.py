"""The order of things: what is checked, what is started after what, and how it ends."""

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connections

from clayops.up import StartError, children, preconditions, processes, ready
from clayops.up.output import Output
from clayops.up.supervisor import GivenUpError, Supervisor
from jobs.destinations.demo import ensure_demo

REDIS_WAIT, WEB_WAIT = 120.0, 120.0  # seconds; a large append-only file takes its time


def run(verbose: bool = False) -> int:
    """Run everything until Ctrl-C or SIGTERM: 0; or until a child keeps dying: 1. Raises StartError."""
    mark = processes.mark_of(settings.DATA_DIR)
    output = Output(settings.DATA_DIR / "logs", verbose)
    with preconditions.data_folder_lock(settings.DATA_DIR):
        for warning in preconditions.close_to_others(settings.DATA_DIR):
            output.say(warning)
        env = {"DATA_DIR": str(settings.DATA_DIR), **children.sandbox_webhook()}
        supervisor = Supervisor(output, mark, env)
        with _stopped_by_signals(supervisor):
            return _run(supervisor, output)


def _run(supervisor: Supervisor, output: Output) -> int:
    try:
        _start(supervisor, output)
        supervisor.run_until(lambda: False)
    except KeyboardInterrupt:
        output.say("Stopping …")
    except GivenUpError as error:
        output.say(f"ClayOps stops: {error}")
        return 1
    finally:
        supervisor.stop()
    return 0


@contextmanager
def _stopped_by_signals(supervisor: Supervisor) -> Iterator[None]:
    """SIGINT, SIGTERM and a closed terminal end the run; a second one ends its patience."""
    asked = False

    def stop(signum: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked or supervisor.stopping:
            supervisor.hurry = True
        else:
            asked = True
            raise KeyboardInterrupt

    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # else we run under nohup
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _start(supervisor: Supervisor, output: Output) -> None:
    supervisor.clear_up()
    preconditions.check_port(settings.PORT, "the web server")
    if children.runs_sandbox():
        preconditions.check_port(settings.SANDBOX_PORT, "the sandbox Clay (PORT + 1)")
    _start_redis(supervisor, output)
    _prepare_database()
    call_command("collectstatic", interactive=False, verbosity=0)
    _empty(children.metrics_folder())
    for child in children.front():
        supervisor.start(child)
    if not supervisor.run_until(ready.web_asked(), WEB_WAIT):
        raise StartError(
            f"the web server does not answer on port {settings.PORT}; see {output.log('web').path}"
        )
    for child in children.workers():  # after the pages, which would share the processors with all of them
        supervisor.start(child)
    output.say(ready.line())
    connections.close_all()


def _empty(folder: Path) -> None:
    """Throw away what an earlier run counted; what dies within this one goes on counting."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)


def _start_redis(supervisor: Supervisor, output: Output) -> None:
    if not settings.BUNDLED_REDIS:
        for warning in preconditions.check_redis(settings.REDIS_URL):
            output.say(warning)
        return
    supervisor.start(children.redis_child())
    if not supervisor.run_until(ready.redis_answers, REDIS_WAIT):
        raise StartError(f"Redis does not answer; see {output.log('redis').path}")


def _prepare_database() -> None:
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
        why = " ".join(str(error).split())
        raise StartError(f"DATABASE_URL: cannot use the database ({why})") from None
    if settings.SANDBOX:
        ensure_demo()
    connections.close_all()
