"""CalDAV: tasks (VTODO) and notes (VJOURNAL) of any calendar server."""
