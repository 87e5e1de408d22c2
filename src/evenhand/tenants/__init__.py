"""Tenants: who the customers are, the keys by which they speak, and the wall between them.

Owns `tenants.tenant`, `tenants.api_key`, `tenants.party` (the names by which a tenant is known, and
their blinded keys) and `tenants.canary`, which proves the server's secret.
A key tells its tenant, so that even the look-up of a key happens inside that tenant's
transaction and no table is shared by all. `firewall` reads the catalogue and says where the wall
has a hole.
"""

from evenhand.tenants import canary as canary
from evenhand.tenants import firewall as firewall
from evenhand.tenants.keys import Caller as Caller
from evenhand.tenants.keys import UnknownKey as UnknownKey
from evenhand.tenants.keys import authenticate as authenticate
from evenhand.tenants.keys import issue_key as issue_key
from evenhand.tenants.keys import revoke_key as revoke_key
from evenhand.tenants.parties import BadPartyName as BadPartyName
from evenhand.tenants.parties import add_party as add_party
from evenhand.tenants.parties import blind_names as blind_names
from evenhand.tenants.parties import is_party as is_party
from evenhand.tenants.parties import party_key as party_key
from evenhand.tenants.parties import party_names as party_names
from evenhand.tenants.parties import remove_party as remove_party
from evenhand.tenants.register import WEIGHTS as WEIGHTS
from evenhand.tenants.register import BadName as BadName
from evenhand.tenants.register import NewTenant as NewTenant
from evenhand.tenants.register import Tenant as Tenant
from evenhand.tenants.register import UnknownTenant as UnknownTenant
from evenhand.tenants.register import UnknownWeight as UnknownWeight
from evenhand.tenants.register import callback_auth_key as callback_auth_key
from evenhand.tenants.register import create as create
from evenhand.tenants.register import tenant_ids as tenant_ids
from evenhand.tenants.register import tenant_of as tenant_of
from evenhand.tenants.register import weigh as weigh
