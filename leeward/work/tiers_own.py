"""Which lines of a message its sender wrote: words act only from there."""

from __future__ import annotations

_READ = 4_000  # letters; what comes later is neither an order nor a title


def own_lines(text: str) -> list[str]:
    """The lines of a message that its sender wrote: without quotes (`> `, Slack's `>>>`) and code between fences."""
    own: list[str] = []
    fenced = False
    for line in text[:_READ].splitlines():
        bare = line.lstrip()
        if bare.startswith((">>>", "&gt;&gt;&gt;")):
            break
        if bare.startswith(("```", "~~~")):
            fenced = not fenced
        elif not fenced and not bare.startswith((">", "&gt;")):
            own.append(line)
    return own
