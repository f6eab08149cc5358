"""Telling people of alerts where they are: Slack, Teams, e-mail, whatever apprise speaks.

`note` writes down whom to tell of what, inside the transaction in which the alert is recorded; `send_due`, in
a worker, puts all that is due for a rule into one message, and no more than one a minute.
"""

from jobs.notifying.recipients import note
from jobs.notifying.sending import send_due, start_due

__all__ = ["note", "send_due", "start_due"]
