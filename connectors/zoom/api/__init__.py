"""What to ask Zoom and what its answers mean: pure, no I/O."""
