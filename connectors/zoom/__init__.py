"""Zoom Team Chat: channels, direct chats and threads; recordings, clips and summaries as notes."""
