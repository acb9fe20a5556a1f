"""A JSON Feed (jsonfeed.org, version 1.1) before it is imported: abilities, settings, secrets and origins."""

from leeward.ports import Can, Manifest, Origin, SecretSpec, Setting

MANIFEST = Manifest(
    kind="jsonfeed",
    title="JSON Feed",
    can=frozenset({Can.NOTES}),
    target="leeward_jsonfeed.connector:JsonFeed",
    settings=(Setting("url", "Address", "of the feed itself, such as https://example.org/feed.json"),),
    secrets=(SecretSpec("token", "Token", "of a private feed; any word for a public one"),),
    origins=(Origin("{url}", "bearer"),),
    min_poll_s=900.0,
    docs="https://www.jsonfeed.org/version/1.1/",
)
