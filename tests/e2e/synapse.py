"""A real Matrix homeserver: Synapse on SQLite, without rate limits, federation or mail.

People of a poured conversation belong to an application service, which may speak for them and say when they spoke.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from tests.e2e import needs, servers
from tests.e2e.plain_http import answers, ask

SERVER_NAME = "e2e.leeward.test"
_SHARED = "registration-secret-of-the-tests"
_AS_TOKEN = "application-service-token-of-the-tests"
_PASSWORD = "lee side of the hill"
_UNLIMITED = {"per_second": 10_000, "burst_count": 10_000}


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with a token of their own, as a person's client would have."""

    id: str
    token: str
    device: str
    password: str = _PASSWORD


@dataclass(slots=True)
class Synapse:
    """A running homeserver and what the tests ask of it."""

    url: str
    process: servers.Process
    _numbers: Any = field(default_factory=itertools.count)
    _voices: set[str] = field(default_factory=set)

    def call(
        self,
        method: str,
        path: str,
        document: object = None,
        *,
        token: str = _AS_TOKEN,
        query: Mapping[str, str | int] | None = None,
    ) -> Any:
        """One request of the client-server interface; the answer's JSON. Fails the test on anything but 2xx."""
        url = f"{self.url}{path}" + (f"?{urlencode(query)}" if query else "")
        body = None if document is None else json.dumps(document).encode()
        answer = ask(method, url, body, {"authorization": f"Bearer {token}", "content-type": "application/json"})
        assert 200 <= answer.status < 300, (method, path, answer.status, answer.body)
        return answer.json()

    def register(self, localpart: str, *, admin: bool = False, display: str | None = None) -> User:
        """Make a user through the administration interface and sign them in."""
        path = "/_synapse/admin/v1/register"
        nonce = self.call("GET", path)["nonce"]
        parts = (nonce, localpart, _PASSWORD, "admin" if admin else "notadmin")
        mac = hmac.new(_SHARED.encode(), b"\0".join(part.encode() for part in parts), hashlib.sha1).hexdigest()
        made = self.call(
            "POST",
            path,
            {
                "nonce": nonce,
                "username": localpart,
                "displayname": display or localpart,
                "password": _PASSWORD,
                "admin": admin,
                "mac": mac,
            },
        )
        return User(made["user_id"], made["access_token"], made["device_id"])

    def new_name(self, stem: str) -> str:
        """A localpart or alias nobody had before on this server."""
        return f"{stem}{next(self._numbers)}"

    def create_room(self, owner: User, name: str, **options: object) -> str:
        """A private room of `owner`; further members come by invitation. Returns its id."""
        made = self.call(
            "POST",
            "/_matrix/client/v3/createRoom",
            {"name": name, "preset": "private_chat", "visibility": "private", **options},
            token=owner.token,
        )
        return str(made["room_id"])

    def invite(self, room: str, by: User, user_id: str) -> None:
        self.call("POST", f"/_matrix/client/v3/rooms/{quote(room)}/invite", {"user_id": user_id}, token=by.token)

    def join(self, room: str, user: User) -> None:
        self.call("POST", f"/_matrix/client/v3/join/{quote(room)}", {}, token=user.token)

    def send(self, room: str, user: User, content: Mapping[str, object], kind: str = "m.room.message") -> str:
        """Say something as this user, now; returns the event's id."""
        path = f"/_matrix/client/v3/rooms/{quote(room)}/send/{kind}/{self.new_name('test')}"
        return str(self.call("PUT", path, content, token=user.token)["event_id"])

    def say(self, room: str, user: User, text: str, **more: object) -> str:
        return self.send(room, user, {"msgtype": "m.text", "body": text, **more})

    def voice(self, localpart: str, display: str) -> str:
        """A person the application service speaks for; made once. Returns the user id."""
        user_id = f"@{localpart}:{SERVER_NAME}"
        if user_id not in self._voices:
            self.call(
                "POST",
                "/_matrix/client/v3/register",
                {"type": "m.login.application_service", "username": localpart, "inhibit_login": True},
            )
            self.call(
                "PUT",
                f"/_matrix/client/v3/profile/{quote(user_id)}/displayname",
                {"displayname": display},
                query={"user_id": user_id},
            )
            self._voices.add(user_id)
        return user_id

    def voice_joins(self, room: str, by: User, user_id: str) -> None:
        """Bring a voice into a private room."""
        self.invite(room, by, user_id)
        self.call("POST", f"/_matrix/client/v3/join/{quote(room)}", {}, query={"user_id": user_id})

    def voice_says(self, room: str, user_id: str, text: str, at: int, **more: object) -> str:
        """Let a voice say a line with a time of its own (milliseconds); returns the event's id."""
        path = f"/_matrix/client/v3/rooms/{quote(room)}/send/m.room.message/{self.new_name('pour')}"
        content = {"msgtype": "m.text", "body": text, **more}
        return str(self.call("PUT", path, content, query={"user_id": user_id, "ts": at})["event_id"])

    def event(self, room: str, user: User, event_id: str) -> Any:
        return self.call("GET", f"/_matrix/client/v3/rooms/{quote(room)}/event/{quote(event_id)}", token=user.token)

    def timeline(self, room: str, user: User) -> list[dict[str, Any]]:
        """Every event of the room's timeline, oldest first."""
        events: list[dict[str, Any]] = []
        query: dict[str, str | int] = {"dir": "f", "limit": 500}
        while True:
            page = self.call("GET", f"/_matrix/client/v3/rooms/{quote(room)}/messages", token=user.token, query=query)
            events += page["chunk"]
            if not page.get("end") or not page["chunk"]:
                return events
            query["from"] = page["end"]


def start(folder: Path) -> Synapse:
    """Start a homeserver with its data in `folder`."""
    needs.module("synapse")
    port = servers.free_port()
    config = _write_config(folder, port)
    argv = [sys.executable, "-m", "synapse.app.homeserver", "--config-path", str(config)]
    process = servers.start("synapse", argv, folder)
    url = f"http://{servers.HOST}:{port}"
    process.up(lambda: answers(f"{url}/_matrix/client/versions"))
    return Synapse(url, process)


def _write_config(folder: Path, port: int) -> Path:
    """JSON is YAML too, so the standard library writes both files."""
    service = {
        "id": "pour",
        "url": None,
        "as_token": _AS_TOKEN,
        "hs_token": "homeserver-token-of-the-tests",
        "sender_localpart": "pourer",
        "rate_limited": False,
        "namespaces": {"users": [{"exclusive": True, "regex": "@poured_.*"}], "aliases": [], "rooms": []},
    }
    (folder / "pour.yaml").write_text(json.dumps(service), encoding="utf-8")
    log = {
        "version": 1,
        "formatters": {"plain": {"format": "%(asctime)s %(name)s %(levelname)s %(message)s"}},
        "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "plain"}},
        "root": {"level": "WARNING", "handlers": ["out"]},
    }
    (folder / "log.yaml").write_text(json.dumps(log), encoding="utf-8")
    listener = {
        "type": "http",
        "port": port,
        "bind_addresses": [servers.HOST],
        "resources": [{"names": ["client"], "compress": False}],
    }
    config = {
        "server_name": SERVER_NAME,
        "public_baseurl": f"http://{servers.HOST}:{port}/",
        "report_stats": False,
        "listeners": [listener],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "log_config": str(folder / "log.yaml"),
        "media_store_path": str(folder / "media"),
        "signing_key_path": str(folder / "signing.key"),
        "pid_file": str(folder / "homeserver.pid"),
        "registration_shared_secret": _SHARED,
        "macaroon_secret_key": "macaroon-secret-of-the-tests",
        "form_secret": "form-secret-of-the-tests",
        "app_service_config_files": [str(folder / "pour.yaml")],
        "trusted_key_servers": [],
        "suppress_key_server_warning": True,
        "federation_domain_whitelist": [],
        "presence": {"enabled": False},
        "enable_registration": False,
        "bcrypt_rounds": 4,
        # A first sync repeated within two minutes would be answered with the old one; tests begin afresh more often.
        "caches": {"sync_response_cache_duration": "0s"},
        **_no_limits(),
    }
    path = folder / "homeserver.yaml"
    path.write_text(json.dumps(config, indent=1), encoding="utf-8")
    _make_signing_key(folder / "signing.key")
    return path


def _no_limits() -> dict[str, object]:
    both = {"local": _UNLIMITED, "remote": _UNLIMITED}
    flat = ("message", "registration", "login_fail", "admin_redaction", "3pid_validation", "media_create")
    limits: dict[str, object] = {f"rc_{name}": _UNLIMITED for name in flat if name != "login_fail"}
    limits["rc_login"] = dict.fromkeys(("address", "account", "failed_attempts"), _UNLIMITED)
    limits["rc_joins"] = both
    limits["rc_joins_per_room"] = _UNLIMITED
    limits["rc_invites"] = dict.fromkeys(("per_room", "per_user", "per_issuer"), _UNLIMITED)
    return limits


def _make_signing_key(path: Path) -> None:
    seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    path.write_text(f"ed25519 e2e {seed}\n", encoding="utf-8")
