"""Signing in and out, the password, and the owner's first visit.

Forms come in; sessions and redirects go out. Who may exist at all is decided in `clayops.people`.
"""
