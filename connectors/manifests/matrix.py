"""Matrix, before it is imported: abilities, settings, secrets and origins."""

from __future__ import annotations

from leeward.ports import Can, Manifest, Origin, SecretSpec, Setting

MANIFEST = Manifest(
    kind="matrix",
    title="Matrix",
    can=frozenset({Can.THREADS, Can.POST, Can.FILES, Can.EDIT, Can.MARK_READ, Can.FIND_SENT, Can.PUSH}),
    target="connectors.matrix.connector:Matrix",
    settings=(
        Setting("url", "Address", "The homeserver, or who you are there: https://matrix.example.org, @sam:example.org"),
        Setting("places", "Rooms", "Ids, addresses or names; empty for all you have joined", required=False),
    ),
    secrets=(
        SecretSpec(
            "token",
            "Access token",
            "Your Matrix program shows it under Settings, Help and About; it ends when that session signs out.",
        ),
    ),
    origins=(Origin("{url}", "bearer"),),
    min_poll_s=5.0,
    docs="connectors/matrix/README.md",
    minutes=3,
)
