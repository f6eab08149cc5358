"""apprise, imported so that nothing of what it logs comes out: its lines may name tokens and whole addresses.

What a delivery logged is read by `jobs.notifying.delivering`, which says it in words of ours. The same holds
for urllib3, by which apprise speaks HTTP; nothing else here uses it.
"""

import logging

from apprise import Apprise, AppriseAsset, NotifyBase

from jobs.notifying import guard

guard.install()

for _name in ("apprise", "urllib3"):
    _logger = logging.getLogger(_name)
    _logger.propagate = False
    _logger.addHandler(logging.NullHandler())
logging.getLogger("apprise").setLevel(logging.DEBUG)  # for the delivery's own record of it

__all__ = ["Apprise", "AppriseAsset", "NotifyBase"]
