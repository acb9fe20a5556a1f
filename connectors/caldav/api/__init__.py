"""What CalDAV is asked and what its answers mean; pure, without I/O."""
