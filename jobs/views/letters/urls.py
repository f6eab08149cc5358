"""Addresses of dead letters."""

from django.urls import URLPattern, path

from jobs.views.letters import (
    bulks,
    doing,
    editing,
    exporting,
    groups,
    letter,
    listing,
    notes,
    policy,
    saved,
    talking,
)

urlpatterns: list[URLPattern] = [
    path("deadletters", groups.groups, name="deadletters"),
    path("live/deadletters", groups.live, name="deadletters-live"),
    path("deadletters/letters", listing.letters, name="letters"),
    path("live/deadletters/letters", listing.live, name="letters-live"),
    path("deadletters/letters.csv", exporting.letters, name="letters-csv"),
    path("deadletters/rows.csv", exporting.rows, name="letter-rows-csv"),
    path("deadletters/views", saved.save, name="letters-view"),
    path("deadletters/views/<int:pk>/delete", saved.delete, name="letters-view-delete"),
    path("deadletters/causes/<int:pk>/note", notes.note, name="cause-note"),
    path("deadletters/do", doing.do, name="letters-do"),
    path("deadletters/bulk", bulks.bulks, name="bulks"),
    path("deadletters/bulk/<int:pk>", bulks.bulk, name="bulk"),
    path("deadletters/bulk/<int:pk>/confirm", bulks.confirm, name="bulk-confirm"),
    path("deadletters/bulk/<int:pk>/stop", bulks.stop, name="bulk-stop"),
    path("live/deadletters/bulk/<int:pk>", bulks.live, name="bulk-live"),
    path("settings/review", policy.four_eyes, name="review-policy"),
    path("deadletters/<int:pk>", letter.letter, name="deadletter"),
    path("live/deadletters/<int:pk>", letter.live, name="letter-live"),
    path("deadletters/<int:pk>/history", letter.history, name="letter-history"),
    path("deadletters/<int:pk>/comment", talking.comment, name="letter-comment"),
    path("deadletters/<int:pk>/assign", talking.assign, name="letter-assign"),
    path("deadletters/<int:pk>/withdraw", talking.withdraw, name="letter-withdraw"),
    path("deadletters/<int:pk>/ticked", editing.ticked, name="letter-ticked"),
    path("deadletters/<int:pk>/edit", editing.edit, name="letter-edit"),
]
