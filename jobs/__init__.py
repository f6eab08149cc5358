"""The engine, sorted by the way of a row: intake, sending, results, review, export. No request in it."""
