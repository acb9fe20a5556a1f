"""Pure: what to ask a homeserver, and what its answers mean. Nothing here waits or sends."""
