"""Providers: windows of the last 100 outcomes, health, waterfalls, probes. Knows no job.

Outcomes come in; which providers a batch may use goes out. Keeps promise 4: below half, a provider is in no
new batch but for probes; and promise 6: its window is restored from the database.
"""
