"""Pulling what changed and sending what waits."""
