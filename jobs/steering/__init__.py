"""What people do to jobs, runs and destinations: `steering.jobs.pause(job, by)`.

A row of the database and who acts come in; each verb is one conditional update and what follows from it, or
`NotPossible` with what to do instead. Pages and commands call these, and nothing else does what they do.
Keeps promise 3 where people act: nothing here sends; rows go by the lane.
"""

from jobs.steering import destinations, endings, jobs, lane_place, others, removal, runs

__all__ = ["destinations", "endings", "jobs", "lane_place", "others", "removal", "runs"]
