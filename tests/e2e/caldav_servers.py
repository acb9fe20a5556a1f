"""Two CalDAV servers that differ where the standard lets them: Radicale with passwords, Xandikos without."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e import needs, servers
from tests.e2e.plain_http import answers, ask, basic

PASSWORD = "lee side of the hill"


@dataclass(frozen=True, slots=True)
class CalDav:
    """A running server. `url` is what a person types into `account add`; `home` holds the user's collections."""

    name: str
    url: str
    home: str
    user: str
    password: str
    process: servers.Process

    def client(self) -> Any:
        """The independent client: the caldav library."""
        from caldav.davclient import DAVClient

        return DAVClient(url=self.url, username=self.user, password=self.password)

    def make_list(self, slug: str, title: str, components: tuple[str, ...] = ("VTODO", "VJOURNAL", "VEVENT")) -> str:
        """Make a collection for tasks and notes under the user's home; returns its address."""
        kinds = "".join(f'<c:comp name="{name}"/>' for name in components)
        body = (
            '<?xml version="1.0" encoding="utf-8"?>'
            '<c:mkcalendar xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:set><d:prop>'
            f"<d:displayname>{title}</d:displayname>"
            f"<c:supported-calendar-component-set>{kinds}</c:supported-calendar-component-set>"
            "</d:prop></d:set></c:mkcalendar>"
        )
        url = f"{self.home}{slug}/"
        headers = {"content-type": "application/xml; charset=utf-8", **basic(self.user, self.password)}
        made = ask("MKCALENDAR", url, body.encode(), headers)
        assert made.status == 201, (made.status, made.body)
        return url


def radicale(folder: Path, user: str = "sam") -> CalDav:
    """Radicale with a password file and rights for the owner only."""
    needs.module("radicale")
    port = servers.free_port()
    (folder / "users").write_text(f"{user}:{PASSWORD}\n", encoding="utf-8")
    (folder / "radicale.ini").write_text(
        f"[server]\nhosts = {servers.HOST}:{port}\n"
        f"[auth]\ntype = htpasswd\nhtpasswd_filename = {folder / 'users'}\nhtpasswd_encryption = plain\ndelay = 0\n"
        f"[storage]\nfilesystem_folder = {folder / 'collections'}\n"
        "[rights]\ntype = owner_only\n"
        "[web]\ntype = none\n",
        encoding="utf-8",
    )
    argv = [sys.executable, "-m", "radicale", "--config", str(folder / "radicale.ini")]
    process = servers.start("radicale", argv, folder)
    url = f"http://{servers.HOST}:{port}"
    process.up(lambda: answers(f"{url}/{user}/", frozenset({401, 403})))
    return CalDav("radicale", url, f"{url}/{user}/", user, PASSWORD, process)


def xandikos(folder: Path, user: str = "sam") -> CalDav:
    """Xandikos as it comes: everything belongs to one principal, no password is asked."""
    program = needs.script("xandikos")
    port = servers.free_port()
    argv = [program, "serve", "--listen-address", servers.HOST, "--port", str(port), "--no-detect-systemd"]
    argv += [
        "--state-dir",
        str(folder / "state"),
        "--directory",
        str(folder / "data"),
        "--current-user-principal",
        f"/{user}/",
        "--autocreate",
        "--defaults",
    ]
    process = servers.start("xandikos", argv, folder)
    url = f"http://{servers.HOST}:{port}"
    process.up(lambda: answers(f"{url}/{user}/", frozenset({200, 207, 405})))
    return CalDav("xandikos", url, f"{url}/{user}/calendars/", user, PASSWORD, process)
