"""Proofs of whom a transaction is for, which the application's own role could not make.

Their key follows from the installation's secret, and `tenants.become` holds a proof against it.
Whoever smuggles something into a statement has no proof but that of the transaction's own tenant.
"""

import hashlib
from uuid import UUID

from evenhand.foundation.secret import Secret


class Proofs:
    """What proves to the database that a transaction may be in a tenant's name."""

    def __init__(self, secret: Secret) -> None:
        self.key = secret.key("proofs of tenants")

    def of(self, tenant_id: UUID) -> bytes:
        """The proof for one tenant, 32 bytes."""
        # Key and id have a fixed length each, so that none can be made from another.
        return hashlib.sha256(self.key + tenant_id.bytes).digest()
