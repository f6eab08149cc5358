"""Dead letters on the screen: by cause and one by one, filtered, saved, as CSV; the rules of review.

Reads by `jobs.review.filters` and `grouping`. `letter` is the page of one, `bulk` what is done to many.
"""
