"""Who may work here and what they may do: rights, owners, the links with which people set their passwords.

Knows Django's users, no app and no request; keeps that somebody can always manage people.
"""
