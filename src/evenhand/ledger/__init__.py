"""The ledger: what happened to a tenant's work, in an order that nobody can change unseen.

Owns `ledger.entry` and `ledger.head`; `events` names all that can be entered. A step appends an
event in its own transaction, which costs one insert and waits for nobody; the sequencer later
gives entries their places and grows the tenant's Merkle tree (RFC 6962) over their salted
commitments; `verify` computes that tree again from the entries. `statements` (`ledger.statement`)
is what others found of the public log, as they signed it.
"""

from evenhand.ledger import events as events
from evenhand.ledger import statements as statements
from evenhand.ledger import wall_events as wall_events
from evenhand.ledger.disclosed import Disclosures as Disclosures
from evenhand.ledger.disclosed import disclosures as disclosures
from evenhand.ledger.entries import append as append
from evenhand.ledger.entries import append_many as append_many
from evenhand.ledger.entries import entry as entry
from evenhand.ledger.epochs import LEASE as LEASE
from evenhand.ledger.epochs import EpochMaker as EpochMaker
from evenhand.ledger.epochs import NotTheMaker as NotTheMaker
from evenhand.ledger.log_store import LogUnreachable as LogUnreachable
from evenhand.ledger.publication import LogAhead as LogAhead
from evenhand.ledger.publication import LogDiffers as LogDiffers
from evenhand.ledger.publication import OriginDiffers as OriginDiffers
from evenhand.ledger.publication import Publication as Publication
from evenhand.ledger.publication import PublicHead as PublicHead
from evenhand.ledger.publication import opened_publication as opened_publication
from evenhand.ledger.publication import public_head as public_head
from evenhand.ledger.publication import publication_as_it_is as publication_as_it_is
from evenhand.ledger.receipts import RECEIPTS_A_PAGE_MAX as RECEIPTS_A_PAGE_MAX
from evenhand.ledger.receipts import Receipts as Receipts
from evenhand.ledger.receipts import private_log as private_log
from evenhand.ledger.receipts import receipt_lines as receipt_lines
from evenhand.ledger.receipts import receipts_from as receipts_from
from evenhand.ledger.receipts import receipts_of_task as receipts_of_task
from evenhand.ledger.sequencer import ENTRIES_A_STEP_MAX as ENTRIES_A_STEP_MAX
from evenhand.ledger.sequencer import sequence as sequence
from evenhand.ledger.sequencer import tenants_pending as tenants_pending
from evenhand.ledger.succession import Ended as Ended
from evenhand.ledger.succession import NothingWrong as NothingWrong
from evenhand.ledger.succession import begin_anew as begin_anew
from evenhand.ledger.succession import ended as ended
from evenhand.ledger.succession import why_it_stopped as why_it_stopped
from evenhand.ledger.transcript import transcript_lines as transcript_lines
from evenhand.ledger.verification import Verification as Verification
from evenhand.ledger.verification import verify as verify
