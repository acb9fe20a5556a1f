"""A keyring backend for tests: a file of its own, named by PURSE_FILE."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend


class Purse(KeyringBackend):  # type: ignore[misc, unused-ignore] # keyring's metaclass is not typed in all its releases
    priority = 1.0
    name = "Purse"

    @property
    def _file(self) -> Path:
        return Path(os.environ["PURSE_FILE"])

    def _kept(self) -> dict[str, str]:
        return dict(json.loads(self._file.read_text())) if self._file.exists() else {}

    def get_password(self, service: str, username: str) -> str | None:
        return self._kept().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._file.write_text(json.dumps(self._kept() | {f"{service} {username}": password}))

    def delete_password(self, service: str, username: str) -> None:
        self._file.write_text(json.dumps({k: v for k, v in self._kept().items() if k != f"{service} {username}"}))
