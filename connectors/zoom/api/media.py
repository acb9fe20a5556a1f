"""Recordings, clips and meeting summaries as notes: a card with a link and a length, and the words where there are any."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from connectors.zoom.api.shape import Odd, Row, ident, instant, moment, number, obj, rows, text
from leeward.model import Audience, Instant, Note, Place, Reach, RemoteId
from leeward.words import _

RECORDINGS, CLIPS, SUMMARIES = RemoteId("~recordings"), RemoteId("~clips"), RemoteId("~summaries")
_CUE = re.compile(r"(?:(\d{1,4}):)?(\d{2}):(\d{2})[.,]\d{3}\s+-->")
_TAG = re.compile(r"<[^<>\n]{0,200}>")
_SPOKEN = re.compile(r"(?:<v[^>\n]{0,20}\s(?P<voice>[^>\n]{1,100})>|(?P<name>[^:\n]{1,80}):\s)(?P<said>.*)", re.DOTALL)
_ENDED = frozenset({"RECORD_DELETE", "SUSPENDED"})
_MOST_WORDS = 400_000


def place(id: RemoteId) -> Place:
    """Where one sort of notes is. Who else may see each of them is set one by one in Zoom, so nobody can tell for all."""
    titles = {RECORDINGS: _("Recordings"), CLIPS: _("Clips"), SUMMARIES: _("Meeting summaries")}
    return Place(id, titles[id], Audience(Reach.UNKNOWN), notes=True, writable=False)


def length(seconds: int) -> str:
    """How long something lasts, as people say it: 3:20, 1:02:05."""
    minutes, rest = divmod(max(0, seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def clip(row: Row, odd: Odd) -> Note | None:
    """A clip's card; None for what is none, is still being recorded, or was taken away."""
    id = ident(row.get("clip_id"))
    at = instant(row.get("modified_date")) or instant(row.get("created_date"))
    if id is None or at is None:
        odd.count += 1
        return None
    url = text(row.get("share_link")) or None
    seconds = number(row.get("duration"))
    lasts = f" · {length(seconds)}" if seconds is not None else ""
    title = (text(row.get("title")).strip() or _("Clip")) + lasts
    lines = [_("Clip, {length}").format(length=length(seconds)) if seconds is not None else _("Clip"), url or ""]
    said = text(row.get("description")).strip()
    words = "\n".join(each for each in (*lines, said) if each)
    return Note(RemoteId(f"clip:{id}"), CLIPS, title, words.strip("\n"), at, url, version=_digest(title, words))


def clip_gone(row: Row) -> RemoteId | None:
    """The note of a clip that Zoom says was deleted or suspended."""
    id = ident(row.get("clip_id"))
    return RemoteId(f"clip:{id}") if id is not None and text(row.get("status")) in _ENDED else None


class Recording(Struct, frozen=True):
    """A recorded meeting. `transcript`: where its words are, if Zoom wrote them down. `digest` tells a change."""

    id: str
    title: str
    at: Instant
    url: str | None
    minutes: int | None
    files: tuple[str, ...]
    transcript: str | None
    digest: str


def recording(row: Row, odd: Odd) -> Recording | None:
    """A meeting of the list of recordings."""
    id, at = ident_of_meeting(row.get("uuid") or row.get("id")), moment(row.get("start_time"))
    if id is None or at is None:
        odd.count += 1
        return None
    listed = row.get("recording_files")
    held = list(rows(listed, odd)) if listed is not None else []
    sorts = tuple(sorted({sort for each in held if (sort := text(each.get("file_type")))}))
    ready = (each for each in held if text(each.get("file_type")) in {"TRANSCRIPT", "CC"})
    ordered = sorted(ready, key=lambda each: text(each.get("file_type")) != "TRANSCRIPT")
    done = [each for each in ordered if text(each.get("status")) in {"completed", ""}]
    url = text(row.get("share_url")) or next((text(each.get("play_url")) for each in held if each.get("play_url")), "")
    minutes = number(row.get("duration"))
    transcript = next((link for each in done if (link := text(each.get("download_url")))), None)
    title = text(row.get("topic")).strip() or _("Recording")
    told = json.dumps([title, minutes, url, sorts, transcript is not None, at])
    return Recording(id, title, at, url or None, minutes, sorts, transcript, _digest(told))


def recording_note(held: Recording, words: str) -> Note:
    """A recording's card, and below it what was said."""
    lasts = "" if held.minutes is None else _("{minutes} min").format(minutes=held.minutes)
    card = [_("Recording, {length}").format(length=lasts) if lasts else _("Recording"), held.url or ""]
    if held.files:
        card.append(_("Kept: {kinds}").format(kinds=", ".join(held.files)))
    title = f"{held.title} · {lasts}" if lasts else held.title
    whole = "\n".join(each for each in card if each) + (f"\n\n{words}" if words else "")
    return Note(RemoteId(f"rec:{held.id}"), RECORDINGS, title, whole, held.at, held.url, version=_digest(title, whole))


def ident_of_meeting(value: object) -> str | None:
    """A meeting's id: these hold slashes and equal signs."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    held = text(value)
    return held if 0 < len(held) <= 200 and held.isprintable() and " " not in held else None


def transcript(body: bytes) -> str:
    """The words of a WebVTT file: who spoke with what they said in one paragraph, begun with the time."""
    found: list[tuple[str, str, list[str]]] = []
    for block in re.split(r"\n\s*\n", body.decode("utf-8", "replace").replace("\r\n", "\n")[:_MOST_WORDS]):
        cue = _CUE.search(block)
        if cue is None:
            continue
        said = " ".join(block[cue.start() :].split("\n")[1:]).strip()
        spoken = _SPOKEN.fullmatch(said)
        voice = ((spoken["voice"] or spoken["name"]) if spoken else "").strip()
        words = _TAG.sub("", spoken["said"] if spoken else said).strip()
        if not words:
            continue
        if found and found[-1][1] == voice:
            found[-1][2].append(words)
        else:
            found.append((f"{cue[1]}:" * bool(int(cue[1] or 0)) + f"{cue[2]}:{cue[3]}", voice, [words]))
    return "\n\n".join(f"{at} {voice + ': ' if voice else ''}{' '.join(words)}" for at, voice, words in found)


def summary_listed(row: Row, odd: Odd) -> tuple[str, str] | None:
    """The meeting of a listed summary, and what tells that the summary was changed."""
    id = ident_of_meeting(row.get("meeting_uuid") or row.get("meeting_id"))
    if id is None:
        odd.count += 1
        return None
    return id, _digest(text(row.get("summary_last_modified_time")), text(row.get("summary_created_time")))


def summary_note(id: str, row: Row, listed: Row) -> Note | None:
    """A summary with its words; None while Zoom has none."""
    stamps = (
        row.get("summary_last_modified_time"),
        row.get("summary_created_time"),
        listed.get("summary_created_time"),
    )
    at = next((stamp for each in stamps if (stamp := moment(each))), None)
    words = text(row.get("summary_content")) or _old_words(row)
    if at is None or not words:
        return None
    topic = text(row.get("meeting_topic")).strip() or text(listed.get("meeting_topic")).strip()
    title = text(row.get("summary_title")).strip() or topic or _("Meeting summary")
    url = text(row.get("summary_doc_url")) or None
    return Note(RemoteId(f"sum:{id}"), SUMMARIES, title, words, at, url, version=_digest(title, words))


def _old_words(row: Row) -> str:
    """How summaries were told before they became one text."""
    edited = obj(row.get("edited_summary"))
    overview = text(row.get("summary_overview")).strip()
    details = text(edited.get("summary_details")).strip() or _details(row.get("summary_details"))
    steps = edited.get("next_steps") or row.get("next_steps")
    todo = "\n".join(f"- {each}" for each in steps if isinstance(each, str)) if isinstance(steps, list) else ""
    return "\n\n".join(each for each in (overview, details, todo) if each)


def _details(value: object) -> str:
    listed: Iterable[object] = value if isinstance(value, list) else ()
    told = ((text(each.get("label")), text(each.get("summary"))) for each in listed if isinstance(each, dict))
    return "\n\n".join(
        "\n".join(part for part in (f"## {label}" if label else "", said) if part) for label, said in told
    )


def months(since: int, until: int, span: int) -> Sequence[tuple[int, int]]:
    """[since, until] in stretches of `span` milliseconds, the newest first: Zoom lists a month at a time."""
    found: list[tuple[int, int]] = []
    while until > since:
        found.append((max(since, until - span), until))
        until -= span
    return found


def _digest(*told: str) -> str:
    return hashlib.blake2b("\0".join(told).encode("utf-8", "replace"), digest_size=6).hexdigest()
