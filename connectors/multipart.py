"""A file as a form, the one way most services take files."""

from __future__ import annotations

import os
from urllib.parse import quote

from leeward.ports import Upload
from leeward.text import file_name


def form(field: str, upload: Upload) -> tuple[tuple[str, str], bytes]:
    """The content-type header and the body of a form with one file. Its name cannot end its own quotes or line."""
    boundary = os.urandom(16).hex()
    name = quote(file_name(upload.name), safe=" .-_()")
    head = (
        f'--{boundary}\r\ncontent-disposition: form-data; name="{field}"; filename="{name}"\r\n'
        f"content-type: application/octet-stream\r\n\r\n"
    )
    body = head.encode() + upload.data + f"\r\n--{boundary}--\r\n".encode()
    return ("content-type", f"multipart/form-data; boundary={boundary}"), body
