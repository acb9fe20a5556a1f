"""What is on the shelf: files, clips, recordings with transcripts, summaries and meetings."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any, TypeAlias

from tests.fakes.base import Answer, Asked

Row: TypeAlias = dict[str, Any]


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Shelf:
    """`hops` sends a download over that many redirects first; `pages` answers a download with a sign-in page."""

    base: str
    wrong: list[str]

    def __init__(self) -> None:
        self.files: dict[str, tuple[str, bytes]] = {}
        self.clips: dict[str, Row] = {}
        self.recordings: dict[str, Row] = {}
        self.transcripts: dict[str, bytes] = {}
        self.summaries: dict[str, Row] = {}
        self.meetings: list[Row] = []
        self.hops = 0
        self.pages = False
        self.downloads: list[tuple[str, bool]] = []

    def now(self) -> int:
        raise NotImplementedError

    def add_file(self, name: str, data: bytes) -> str:
        id = f"file{len(self.files) + 1:04}"
        self.files[id] = (name, data)
        return id

    def file_row(self, id: str, base: str) -> Row:
        name, data = self.files[id]
        url = f"{base}/file/download/{id}?filename={name}&jwt=changes-{self.now()}"
        return {"file_id": id, "file_name": name, "file_size": len(data), "download_url": url}

    def add_clip(self, title: str, seconds: int | None, **more: Any) -> str:
        id = f"clip{len(self.clips) + 1:04}"
        at = _iso(self.now())
        self.clips[id] = {
            "clip_id": id, "title": title, "duration": seconds, "status": "RECORD_SUCCESS", "created_date": at,
            "modified_date": at, "share_link": f"https://zoom.us/clips/share/{id}", "description": "",
        } | more  # fmt: skip
        return id

    def add_recording(self, topic: str, minutes: int, transcript: str | None = None, **more: Any) -> str:
        number = len(self.recordings) + 1
        uuid = f"{'/' if number % 2 else ''}uuid//{number:04}=="
        files = [{"id": f"mp4{number}", "file_type": "MP4", "status": "completed", "file_size": 10}]
        if transcript is not None:
            self.transcripts[str(number)] = transcript.encode()
            link = f"/rec/download/{number}"
            files.append({"id": f"vtt{number}", "file_type": "TRANSCRIPT", "status": "completed", "download_url": link})
        self.recordings[uuid] = {
            "uuid": uuid, "id": 80_000_000_000 + number, "topic": topic, "start_time": _iso(self.now()),
            "duration": minutes, "share_url": f"https://zoom.us/rec/share/{number}", "recording_files": files,
        } | more  # fmt: skip
        return uuid

    def add_summary(self, title: str, words: str) -> str:
        uuid = f"sum+uuid{len(self.summaries) + 1:04}=="
        at = _iso(self.now())
        self.summaries[uuid] = {
            "meeting_uuid": uuid, "meeting_topic": title, "summary_title": title, "summary_content": words,
            "summary_created_time": at, "summary_last_modified_time": at,
        }  # fmt: skip
        return uuid

    def change_summary(self, uuid: str, words: str) -> None:
        self.summaries[uuid] |= {"summary_content": words, "summary_last_modified_time": _iso(self.now())}

    def download(self, asked: Asked, signed: bool) -> Answer | None:
        """A file or a transcript; None where the path is no download."""
        found = re.fullmatch(r"/(file|rec)/download/([\w-]+)(?:/hop(\d+))?", asked.path)
        if found is None:
            return None
        self.downloads.append((asked.path, signed))
        hop = int(found[3] or 0)
        if hop < self.hops:
            return Answer(302, b"", {"location": f"/{found[1]}/download/{found[2]}/hop{hop + 1}"})
        if self.pages:
            return Answer(200, b"<!DOCTYPE html><html>Sign in</html>", {"content-type": "text/html"})
        data = self.files[found[2]][1] if found[1] == "file" else self.transcripts[found[2]]
        return Answer(200, data, {"content-type": "application/octet-stream"})

    def _do_file(self, _user: str, given: Row) -> Row:
        from tests.fakes.zoom.service import NoError

        if given["id"] not in self.files:
            raise NoError(404, 404, "Resource not found.")
        return self.file_row(given["id"], self.base) | {"length": len(self.files[given["id"]][1])}

    def _do_upload(self, _user: str, given: Row) -> Row:
        asked: Asked = given["raw"]
        boundary = re.fullmatch(r"multipart/form-data; boundary=(\w{10,70})", asked.headers.get("content-type", ""))
        if boundary is None or given.get("postToPersonalChat") != "false":
            self.wrong.append("upload: no form, or shown to its owner at once")
            boundary = re.match("()", "")
        assert boundary is not None
        part = asked.body.split(f"--{boundary[1]}".encode())[1]
        head, _blank, data = part.partition(b"\r\n\r\n")
        name = re.search(rb'name="file"; filename="([^"\r\n]*)"', head)
        if name is None:
            self.wrong.append("upload: no file")
        return {"id": self.add_file(name[1].decode() if name else "?", data[:-2])}

    def _do_clips(self, _user: str, given: Row) -> Row:
        return self._page("data", self._within(self.clips, given, "modified_date"), given)

    def _do_recordings(self, _user: str, given: Row) -> Row:
        if "from" in given and _days(given["from"], given["to"]) > 31:
            self.wrong.append("recordings: more than a month")
        return self._page(
            "meetings", [self._addressed(row) for row in self._within(self.recordings, given, "start_time")], given
        )

    def _addressed(self, row: Row) -> Row:
        """With the address the service is reached under now before what is given out."""
        files = [
            {**one, "download_url": self.base + one["download_url"]}
            if one.get("download_url", "").startswith("/")
            else one
            for one in row["recording_files"]
        ]
        return row | {"recording_files": files}

    def _do_summaries(self, _user: str, given: Row) -> Row:
        shown = [
            {name: value for name, value in row.items() if name != "summary_content"}
            for row in self._within(self.summaries, given, "summary_created_time")
        ]
        return self._page("summaries", shown, given)

    def _do_summary(self, _user: str, given: Row) -> Row:
        from tests.fakes.zoom.service import NoError

        if given["id"] not in self.summaries:
            raise NoError(404, 3001, f"Meeting does not exist: {given['id']}.")
        return self.summaries[given["id"]]

    def _do_meet(self, _user: str, given: Row) -> Row:
        number = 90_000_000_000 + len(self.meetings) + 1
        self.meetings.append({
            "id": number, "topic": given["topic"], "type": given["type"], "agenda": given.get("agenda", ""),
            "join_url": f"https://zoom.us/j/{number}", "start_url": f"https://zoom.us/s/{number}?zak=secret",
        })  # fmt: skip
        return self.meetings[-1]

    def _do_meetings(self, _user: str, given: Row) -> Row:
        shown = [{name: value for name, value in row.items() if name != "start_url"} for row in self.meetings]
        return self._page("meetings", json.loads(json.dumps(shown)), given)

    def _within(self, rows: dict[str, Row], given: Row, name: str) -> list[Row]:
        today = _iso(self.now())[:10]
        since, until = given.get("from", today), given.get("to", today)
        size = len(since)
        return [row for row in rows.values() if since <= str(row.get(name))[:size] <= until[:size]]

    def _page(self, name: str, found: list[Any], given: Row) -> Row:
        raise NotImplementedError


def _days(since: str, until: str) -> int:
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).days
