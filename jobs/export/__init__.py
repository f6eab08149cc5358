"""A job's rows as a file, streamed: the upload's columns, Clay's outputs, `clay_status`, `clay_error`.

Rows come in a page at a time; CSV or xlsx goes out in flat memory, and no cell of it is ever a formula.
"""

from jobs.export.columns import Choice, columns
from jobs.export.names import filename
from jobs.export.sheet import TooWide, xlsx_parts
from jobs.export.table import csv_lines, text

__all__ = ["Choice", "TooWide", "columns", "csv_lines", "filename", "text", "xlsx_parts"]
