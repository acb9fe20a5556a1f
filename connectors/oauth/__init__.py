"""Signing in at a service's own page: in a browser, or with a code that is typed elsewhere; and renewing what came of it."""
