"""What holds for the whole Clay workspace: how long every lane has to wait."""

from django.conf import settings

from clayops.base import redis
from clayops.clay import Clay, RateLimit, Timeouts, shared

WAIT_KEY = "clayops:clay:wait"
LONGEST_WAIT = 3600.0
ASKING = Timeouts(connect=5.0, read=8.0, write=8.0, pool=8.0, whole=20.0)

# Two lanes may be told to wait at the same time: the longer wait counts.
_EXTEND = """
local wanted = tonumber(ARGV[1])
if wanted > redis.call('PTTL', KEYS[1]) then redis.call('SET', KEYS[1], '1', 'PX', wanted) end
"""


def clay() -> Clay:
    """The process's one client for Clay."""
    return shared(settings.CLAY_API_URL, settings.CLAY_API_KEY)


def asking() -> Clay:
    """The same, for questions that cost nothing and are asked again: a Clay that keeps silent must not hold
    up whoever asks about all the other runs, nor the tick behind them.
    """
    return shared(settings.CLAY_API_URL, settings.CLAY_API_KEY, ASKING)


def wait(seconds: float) -> None:
    """No request leaves for so long, from any lane (Clay's `Retry-After`)."""
    milliseconds = int(min(max(seconds, 0.1), LONGEST_WAIT) * 1000)
    redis.client().eval(_EXTEND, 1, WAIT_KEY, str(milliseconds))


def seconds_to_wait() -> float:
    """How long from now until requests may leave again; 0 for now."""
    left = redis.client().pttl(WAIT_KEY)
    return max(int(left), 0) / 1000


def heed(rate: RateLimit) -> None:
    """Wait by ourselves where Clay says that nothing remains, rather than run into a 429."""
    if rate.remaining is not None and rate.remaining <= 0 and rate.reset_seconds:
        wait(rate.reset_seconds)
