"""XML from strangers: any prefix is read, everything dangerous is refused, memory stays bounded."""

from __future__ import annotations

import tracemalloc
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.caldav.api import dav
from connectors.caldav.api.xml import Element, cal, document, escape, parse, tag
from leeward.errors import ServiceChanged
from leeward.wire import Response

ASKED = "https://dav.example.org/sam/tasks/"

LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE multistatus [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>
<multistatus xmlns="DAV:"><response><href>&c;</href></response></multistatus>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a xmlns="DAV:">&x;</a>"""


def status(body: bytes, code: int = 207) -> dav.Listing:
    return dav.multistatus(Response(code, body), ASKED)


@pytest.mark.parametrize("prefix", ["", "D", "d", "weird-1", "lp1"])
def test_any_prefix_will_do(prefix: str) -> None:
    p, declared = (f"{prefix}:", f"xmlns:{prefix}") if prefix else ("", "xmlns")
    body = (
        f'<{p}multistatus {declared}="DAV:"><{p}response><{p}href>a.ics</{p}href><{p}propstat><{p}prop>'
        f'<{p}getetag>"1"</{p}getetag></{p}prop><{p}status>HTTP/1.1 200 OK</{p}status></{p}propstat></{p}response>'
        f"<{p}sync-token>t</{p}sync-token></{p}multistatus>"
    )
    listing = status(body.encode())
    assert [(e.path, e.text("{DAV:}getetag")) for e in listing.entries] == [("/sam/tasks/a.ics", '"1"')]
    assert listing.token == "t"


@pytest.mark.parametrize(
    "body", [LAUGHS, OUTSIDE, b"<!DOCTYPE a><a/>", b"", b"<a>", b"<a></b>", b"\xff\xfe", b"{}", b"null"]
)
def test_what_is_hostile_or_broken_is_refused(body: bytes) -> None:
    with pytest.raises(ServiceChanged):
        parse(body)


def test_the_same_words_in_another_namespace_are_not_ours() -> None:
    body = b'<multistatus xmlns="urn:other"><response><href>/sam/tasks/a.ics</href></response></multistatus>'
    with pytest.raises(ServiceChanged):
        status(body)
    inner = b'<D:multistatus xmlns:D="DAV:"><response xmlns="urn:other"><href>/x</href></response></D:multistatus>'
    assert status(inner).entries == ()


def test_depth_and_width_are_bounded() -> None:
    with pytest.raises(ServiceChanged):
        parse(b"<a>" * 200 + b"</a>" * 200)
    with pytest.raises(ServiceChanged):
        parse(b"<a>" + b"<b/>" * 20_000 + b"</a>")
    wide = b'<multistatus xmlns="DAV:"><response>' + b"<href>/a</href>" * 20_000 + b"</response></multistatus>"
    with pytest.raises(ServiceChanged):
        status(wide)


def test_a_listing_without_end_is_refused() -> None:
    entry = b"<response><href>/a</href></response>"
    with pytest.raises(ServiceChanged):
        status(b'<multistatus xmlns="DAV:">' + entry * (dav.MAX_ENTRIES + 1) + b"</multistatus>")


def test_the_longest_listing_stays_within_64_megabytes() -> None:
    entry = (
        b'<response><href>/sam/tasks/0123456789012345678901234567890123456789.ics</href><propstat><prop><getetag>"0123456789'
        b'0123456789"</getetag><getcontentlength>400</getcontentlength></prop><status>HTTP/1.1 200 OK</status></propstat>'
        b"<propstat><prop><getcontenttype/></prop><status>HTTP/1.1 404 Not Found</status></propstat></response>"
    )
    count = dav.MAX_ENTRIES // 50
    body = b'<multistatus xmlns="DAV:">' + entry * count + b"</multistatus>"
    tracemalloc.start()
    listing = status(body)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(listing.entries) == count
    assert peak * 50 + dav.LISTING_BYTES < 64 * 1024 * 1024


def test_a_web_page_is_told_apart_from_noise() -> None:
    with pytest.raises(ServiceChanged, match="web page"):
        parse(b"<!DOCTYPE html><html><body>Sign in")
    with pytest.raises(ServiceChanged, match="not XML"):
        parse(b"\x00\x01")


@pytest.mark.parametrize("code", [200, 201, 206])
def test_only_a_multistatus_is_a_multistatus(code: int) -> None:
    with pytest.raises(ServiceChanged):
        status(b'<multistatus xmlns="DAV:"/>', code)


def test_statuses_of_responses_and_of_properties_are_kept_apart() -> None:
    body = b"""<multistatus xmlns="DAV:">
      <response><href>/sam/tasks/gone.ics</href><status>HTTP/1.1 404 Not Found</status></response>
      <response><href>/sam/tasks/here.ics</href>
        <propstat><prop><getetag>"2"</getetag></prop><status>HTTP/1.1 200 OK</status></propstat>
        <propstat><prop><getcontenttype/></prop><status>HTTP/1.1 404 Not Found</status></propstat></response>
      <response><href>/sam/tasks/</href><status>HTTP/1.1 507 Insufficient Storage</status></response>
      <response><href>../../etc/passwd</href></response>
      <response><href>//elsewhere.example.org/x.ics</href></response>
      <response/>
    </multistatus>"""
    listing = status(body)
    gone, here, climbed, foreign = listing.entries
    assert gone.gone
    assert not here.gone
    assert here.refused == (404,)
    assert climbed.path == "/etc/passwd"
    assert foreign.where == "https://elsewhere.example.org"
    assert not listing.whole
    assert listing.odd == 1


def test_a_refused_token_is_told_in_every_dialect() -> None:
    error = b'<d:error xmlns:d="DAV:"><d:valid-sync-token/></d:error>'
    assert dav.token_refused(Response(403, error))
    assert dav.token_refused(Response(412, b""))
    assert dav.token_refused(Response(410, b""))
    assert not dav.token_refused(Response(403, b""))
    assert not dav.token_refused(Response(403, b'<d:error xmlns:d="urn:x"><d:valid-sync-token/></d:error>'))
    assert not dav.token_refused(Response(404, error))


@settings(max_examples=100)
@given(st.text())
def test_what_we_build_is_read_back_by_another_reader(text: str) -> None:
    body = document(cal("calendar-query"), tag("{DAV:}href", escape(text)))
    theirs = ET.fromstring(body).findtext("{DAV:}href") or ""
    ours = parse(body).first("{DAV:}href")
    assert isinstance(ours, Element)
    assert theirs == ours.text
    if text.isprintable():
        assert theirs == text


def test_requests_say_what_they_are() -> None:
    request = dav.multiget(ASKED, ["/sam/tasks/a&b.ics"])
    root = ET.fromstring(request.body or b"")
    assert root.tag == cal("calendar-multiget")
    assert root.findtext("{DAV:}href") == "/sam/tasks/a&b.ics"
    assert dav.sync_collection(ASKED, "").body is not None
    assert dict(dav.put(ASKED, "x", match=None).headers)["if-none-match"] == "*"
    assert dict(dav.put(ASKED, "x", match='"3"').headers)["if-match"] == '"3"'


def test_pages_are_bounded_in_number_and_size() -> None:
    from leeward.model import RemoteId

    many = [(RemoteId(f"/{number}"), 10) for number in range(250)]
    assert [len(page) for page in dav.pages(many)] == [100, 100, 50]
    large = [(RemoteId(f"/{number}"), 2 * 1024 * 1024) for number in range(7)]
    assert [len(page) for page in dav.pages(large)] == [3, 3, 1]
    assert dav.pages([]) == []
