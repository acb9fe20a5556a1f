"""What to ask GitLab and what its answers mean; nothing here talks to anybody."""
