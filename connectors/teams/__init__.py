"""Microsoft Teams, To Do, Planner and OneNote of one person, through Microsoft Graph."""
