"""Numbers are shown with separators (31,341); keys in addresses and fields are not numbers to read."""

import re
from pathlib import Path

from django.conf import settings

WRITTEN = re.compile(r"""(?:value="|[?&\w]=)\{\{ [\w.]*\b(?:pk|id) \}\}""")


def test_keys_are_written_without_separators() -> None:
    pages = sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))
    found = [f"{page.name}: {each}" for page in pages for each in WRITTEN.findall(page.read_text())]
    assert len(pages) > 100
    assert found == []
