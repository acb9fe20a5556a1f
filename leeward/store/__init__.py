"""The local SQLite store: everyone's cache and the user's own data, in one file."""
