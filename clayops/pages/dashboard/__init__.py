"""The first page, all at one glance, and the page of the workers. Every number leads to what it counts."""
