"""What GitLab keeps beside an issue's words: weight, time, milestone, epic; what a to-do asks for; wikis or none."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.gitlab.api.hostile import Row, count, ident, obj, text
from leeward.words import _

EXTRA = "\n\n— GitLab —\n"
"""Stands between an issue's text and what is kept beside it; that part is shown and never written back."""


def own_text(shown: str) -> str:
    """An issue's text without what is kept beside it."""
    return shown.partition(EXTRA)[0]


def beside(row: Row) -> str:
    """Weight, time tracking, milestone and epic as lines of text; "" where there are none."""
    return "\n".join(_lines(row))


def _lines(row: Row) -> Iterator[str]:
    weight = ident(row.get("weight"))
    if weight is not None:
        yield _("Weight: {weight}").format(weight=weight)
    time = obj(row.get("time_stats"))
    spent, estimate = count(time.get("total_time_spent")), count(time.get("time_estimate"))
    if spent or estimate:
        shown = [text(time.get(f"human_{name}")) for name in ("total_time_spent", "time_estimate")]
        if estimate:
            yield _("Time: {spent} of {estimate}").format(spent=shown[0] or "0h", estimate=shown[1] or f"{estimate} s")
        else:
            yield _("Time: {spent}").format(spent=shown[0] or f"{spent} s")
    for name, said in (("milestone", _("Milestone: {title}")), ("epic", _("Epic: {title}"))):
        title = " ".join(text(obj(row.get(name)).get("title")).split())
        if title:
            yield said.format(title=title)


def calls_for(action: str) -> str:
    """What a to-do asks of its owner, as words around the title it is about."""
    return {
        "review_requested": _("Review: {title}"),
        "approval_required": _("Approve: {title}"),
        "build_failed": _("The pipeline failed: {title}"),
        "unmergeable": _("It cannot be merged: {title}"),
    }.get(action, "{title}")


def has_wiki(row: Row) -> bool:
    """Whether a project keeps a wiki that may be asked for."""
    return row.get("wiki_enabled") is not False and text(row.get("wiki_access_level")) != "disabled"
