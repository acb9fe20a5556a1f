"""Everything that talks to a service or reaches outside."""
