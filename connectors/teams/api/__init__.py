"""What to ask Microsoft Graph and what its answers mean: pure, no I/O."""
