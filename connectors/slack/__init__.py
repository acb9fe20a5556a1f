"""Slack: channels, direct messages and threads of one account in one workspace."""
