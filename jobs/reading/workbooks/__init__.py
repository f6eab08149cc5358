"""Workbooks (.xlsx, .ods): their sheets, and one sheet as text with columns.

Opened in a process of its own: a file made to crash or to fill the memory takes only that.
"""
