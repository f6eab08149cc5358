"""The pages of destinations: the list, creating and changing, the waterfall, outcomes, trying one out.

Forms come in; `jobs.destinations` says what a destination may be, `jobs.steering` pauses and archives.
"""
