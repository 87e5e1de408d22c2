"""Preferences: how strong each item is, from comparisons in pairs or rankings."""
