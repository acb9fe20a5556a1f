"""What Basecamp is asked, and what its answers mean: pure, without input or output."""
