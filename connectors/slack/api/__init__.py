"""What to ask Slack and what its answers mean: pure, no I/O."""
