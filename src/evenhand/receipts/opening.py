"""Openings: what a private log commits to, and the salt without which that tells nothing."""

import hashlib


def commitment(salt: bytes, event: bytes) -> bytes:
    """What a log holds of an event: SHA-256 (salt ‖ event), 32 bytes."""
    return hashlib.sha256(salt + event).digest()
