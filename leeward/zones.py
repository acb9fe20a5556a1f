"""The only reader of time zones: names to rules, instants to the clock on the wall and back.

The rules come from the machine or from the `tzdata` package, whichever is newer; a machine can be a year behind and show
an hour that is wrong. Windows of the day are judged by the wall clock, so what leaves here is naive wall time.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from leeward.model import Instant
from leeward.words import _

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

LOCALTIME = "/etc/localtime"
TIMEZONE = "/etc/timezone"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_MARGIN = timedelta(days=2)
_FIRST = (datetime.min.replace(tzinfo=UTC) + _MARGIN - _EPOCH) // _MILLISECOND
_LAST = (datetime.max.replace(tzinfo=UTC) - _MARGIN - _EPOCH) // _MILLISECOND
_OFFSET = r"(?i:UTC|GMT)?[+-]\d{1,2}(?::?\d\d)?"
_IN_PATH = r"zoneinfo[^/]*/(?:(?:posix|right)/)?(?P<name>.+)\Z"


@lru_cache(maxsize=1)
def tz_release() -> tuple[str | None, str]:
    """The releases of the zone data, such as "2026b": the machine's (None where it does not say) and the package's."""
    from zoneinfo import TZPATH

    packaged = import_module("tzdata")  # it has no types, hence not by its name
    return _machine_release(tuple(TZPATH)), str(packaged.IANA_VERSION)


def _machine_release(folders: tuple[str, ...]) -> str | None:
    """What the first folder of zone data that says its release says: Linux in `tzdata.zi`, macOS in `+VERSION`."""
    for folder in folders:
        for name, line in (("tzdata.zi", r"# version (\S+)"), ("+VERSION", r"(\S+)")):
            try:
                with Path(folder, name).open(encoding="ascii", errors="replace") as file:
                    found = re.match(line, file.readline(100))
            except OSError:
                continue
            if found:
                return found[1]
    return None


@lru_cache(maxsize=1)
def _choose() -> None:
    """Let the newer data win; before the first zone is opened, since zones are kept once they are read."""
    machine, packaged = tz_release()
    if machine is None or machine < packaged:
        from zoneinfo import reset_tzpath

        folder = Path(import_module("tzdata").__path__[0], "zoneinfo")
        # Found as files: through the package's resources the first zone would take as long as a hundred.
        reset_tzpath(to=[folder] if folder.is_dir() else [])


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """The rules of an IANA zone. Raises ValueError with a sentence for a person, and the nearest name if there is one."""
    from zoneinfo import ZoneInfo

    _choose()
    if re.fullmatch(_OFFSET, name.strip()):
        raise ValueError(_("an offset knows no summer time. Write a place, such as Europe/Amsterdam."))
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        near = _nearest(name)
        known = _("no such zone.")
        raise ValueError(f"{known} {_('Did you mean {name}?').format(name=near)}" if near else known) from None


def _nearest(name: str) -> str | None:
    """The zone whose name is most like `name`; the last part alone will do ("amsterdam")."""
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    names = {known.lower(): known for known in sorted(available_timezones())}
    cities = {known.rpartition("/")[2].lower(): known for known in sorted(available_timezones()) if "/" in known}
    wanted = name.strip().lower().replace(" ", "_")[:64]
    if wanted in cities:
        return cities[wanted]
    near = get_close_matches(wanted, names, n=1, cutoff=0.75)
    if near:
        return names[near[0]]
    near = get_close_matches(wanted, cities, n=1, cutoff=0.8)
    return cities[near[0]] if near else None


def place_zone(place: str) -> str | None:
    """The zone of a place as a person writes it: "new york", "Europe/Amsterdam"; None where none is called that."""
    from zoneinfo import available_timezones

    wanted = place.strip().lower().replace(" ", "_")
    for name in sorted(available_timezones()):
        if wanted in {name.lower(), name.rpartition("/")[2].lower()} and "/" in name:
            return name
    return None


def system_zone() -> str:
    """The name of the zone this machine is in, asked afresh each time: a laptop travels while the program runs.

    From the environment's TZ, else the link `/etc/localtime`, else `/etc/timezone`; "UTC" where none names a zone.
    """
    for name in (_from_environment(), _from_link(LOCALTIME)):
        if name and _known(name):
            return name
    try:
        name = Path(TIMEZONE).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return "UTC"
    return name if _known(name) else "UTC"


def _from_environment() -> str | None:
    """TZ as a zone name: it may be written with a colon, or as the path of a file."""
    value = os.environ.get("TZ", "").removeprefix(":")
    found = re.search(_IN_PATH, value)
    return found["name"] if found else value or None


def _from_link(link: str) -> str | None:
    """The zone a link points to. Its first step is what somebody chose; the end may be an alias of it."""
    for follow in (os.readlink, os.path.realpath):
        try:
            found = re.search(_IN_PATH, follow(link))
        except OSError:
            continue
        if found:
            return found["name"]
    return None


@lru_cache(maxsize=64)
def _known(name: str) -> bool:
    try:
        zone(name)
    except ValueError:
        return False
    return True


def wall(instant: Instant, zone: ZoneInfo) -> datetime:
    """What the clock on the wall shows at `instant` (UTC milliseconds) in `zone`, as a naive time.

    Instants outside the years 1 to 9999 show the nearest time inside.
    """
    kept = min(max(instant, _FIRST), _LAST)
    return (_EPOCH + timedelta(milliseconds=kept)).astimezone(zone).replace(tzinfo=None, fold=0)


def system_wall(instant: Instant) -> datetime:
    """What the clock on the wall shows here by the rules of the system, read already and perhaps a year behind."""
    try:
        return datetime.fromtimestamp(instant / 1000).replace(fold=0)  # noqa: DTZ006 - wall time is naive
    except (ValueError, OverflowError, OSError):  # so far off that the system has no year for it
        return wall(instant, zone(system_zone()))


def instant(wall: datetime, zone: ZoneInfo) -> Instant:
    """When the clock on the wall in `zone` shows the naive time `wall`, in UTC milliseconds.

    A time that happens twice means the first; one that is skipped means the moment of the jump.
    """
    early = wall.replace(tzinfo=zone, fold=0)
    before, after = early.utcoffset(), early.replace(fold=1).utcoffset()
    assert before is not None
    assert after is not None
    aware = wall.replace(tzinfo=UTC, fold=0)
    if before >= after:
        return Instant((aware - _EPOCH - before) // _MILLISECOND)
    return _jump(aware - after, aware - before, zone)


def _jump(low: datetime, high: datetime, zone: ZoneInfo) -> Instant:
    """The moment between two instants at which the offset of `zone` changes; jumps happen on whole seconds."""
    below, above = (int((side - _EPOCH).total_seconds()) for side in (low, high + timedelta(seconds=1)))
    old = (_EPOCH + timedelta(seconds=below)).astimezone(zone).utcoffset()
    while above - below > 1:
        middle = (below + above) // 2
        if (_EPOCH + timedelta(seconds=middle)).astimezone(zone).utcoffset() == old:
            below = middle
        else:
            above = middle
    return Instant(above * 1000)
