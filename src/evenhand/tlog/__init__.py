"""Transparency logs as the C2SP specifications define them, for all who write or check one."""
