"""The page of alerts: what is wrong now, what somebody put aside and why, and what is over.

Shows what `jobs.alerting` recorded; promise 5 ends here, on the screen of a person.
"""
