"""What to ask Miro and what its answers mean: pure."""
