"""What may be sent to us: how much, by whom, and whether files are among it. Refused before it is read.

A form of ours is small, and has no file. The views that take more, or that somebody outside calls (the upload
and the hook), are exempt from Django's look for the CSRF token, which reads the body: they limit it first.
"""

from collections.abc import Callable
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from clayops.base import disk

STRANGERS_BYTES = 64 * 1024
"""What somebody may send who is not signed in: a name and a password are less by far."""
LOOK_BYTES = 4 * 2**20
"""While a file comes in, the disk is looked at each time so much of it has come."""


class FileNotAskedFor(SuspiciousOperation):
    """A file part came where no form of ours has one. Nothing of it was stored."""


class NoRoom(Exception):
    """The disk has no room for the file that is coming in, or would have none left for the database."""


class NoFiles(FileUploadHandler):
    """Refuses file parts: the handler of every request but the upload's (FILE_UPLOAD_HANDLERS)."""

    def new_file(self, *_args: Any, **_more: Any) -> NoReturn:
        raise FileNotAskedFor("A file was sent where none is asked for")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return None

    def file_complete(self, file_size: int) -> None:
        return None


class WhileThereIsRoom(TemporaryFileUploadHandler):
    """Writes the upload to disk, never into what is kept for the database and Redis. Raises `NoRoom`."""

    def new_file(self, *args: Any, **more: Any) -> None:
        super().new_file(*args, **more)
        self._look_at = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start >= self._look_at:
            self._look_at = start + LOOK_BYTES
            if disk.room_for_files() < len(raw_data):
                self._stop()
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError as error:
            if not disk.is_about_room(error):
                raise
            self._stop()

    def _stop(self) -> NoReturn:
        self.file.close()  # which takes it off the disk
        raise NoRoom


def length(request: HttpRequest) -> int:
    """Bytes of the body, as told: of more than is told Django reads nothing."""
    told = str(request.META.get("CONTENT_LENGTH") or "0")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 16 else 10**16


class BodiesMiddleware:
    """Refuses bodies that are larger than any form of ours, before anybody reads them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *_: Any) -> HttpResponse | None:
        """Above the look for the CSRF token. None: go on."""
        if getattr(view, "csrf_exempt", False) or length(request) <= STRANGERS_BYTES:
            return None
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE if request.user.is_authenticated else STRANGERS_BYTES
        if length(request) <= most:
            return None
        return render(request, "413.html", {"kilobytes": most // 1024}, status=413)
