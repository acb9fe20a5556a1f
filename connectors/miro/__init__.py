"""Miro: cards as tasks, sticky notes, texts, docs and frames as notes, a board as the wall of a session."""
