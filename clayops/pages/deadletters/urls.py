"""Addresses of dead letters."""

from django.urls import path

from clayops.pages.deadletters import cause_notes, csv_download, groups, listing, policy, saved_filters
from clayops.pages.deadletters.bulk import actions
from clayops.pages.deadletters.bulk import views as bulk
from clayops.pages.deadletters.letter import comments, editing
from clayops.pages.deadletters.letter import views as letter

urlpatterns = [
    path("deadletters", groups.groups, name="deadletters"),
    path("live/deadletters", groups.live, name="deadletters-live"),
    path("deadletters/letters", listing.letters, name="letters"),
    path("live/deadletters/letters", listing.live, name="letters-live"),
    path("deadletters/letters.csv", csv_download.letters, name="letters-csv"),
    path("deadletters/rows.csv", csv_download.rows, name="letter-rows-csv"),
    path("deadletters/views", saved_filters.save, name="letters-view"),
    path("deadletters/views/<int:pk>/delete", saved_filters.delete, name="letters-view-delete"),
    path("deadletters/causes/<int:pk>/note", cause_notes.note, name="cause-note"),
    path("deadletters/do", actions.do, name="letters-do"),
    path("deadletters/bulk", bulk.bulks, name="bulks"),
    path("deadletters/bulk/<int:pk>", bulk.bulk, name="bulk"),
    path("deadletters/bulk/<int:pk>/confirm", bulk.confirm, name="bulk-confirm"),
    path("deadletters/bulk/<int:pk>/stop", bulk.stop, name="bulk-stop"),
    path("live/deadletters/bulk/<int:pk>", bulk.live, name="bulk-live"),
    path("settings/review", policy.four_eyes, name="review-policy"),
    path("deadletters/<int:pk>", letter.letter, name="deadletter"),
    path("live/deadletters/<int:pk>", letter.live, name="letter-live"),
    path("deadletters/<int:pk>/history", letter.history, name="letter-history"),
    path("deadletters/<int:pk>/comment", comments.comment, name="letter-comment"),
    path("deadletters/<int:pk>/assign", comments.assign, name="letter-assign"),
    path("deadletters/<int:pk>/withdraw", comments.withdraw, name="letter-withdraw"),
    path("deadletters/<int:pk>/ticked", editing.ticked, name="letter-ticked"),
    path("deadletters/<int:pk>/edit", editing.edit, name="letter-edit"),
]
