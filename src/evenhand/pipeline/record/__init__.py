"""The record of all that steps did: kept in order, committed to by epochs, and published."""

from evenhand.ledger import EpochMaker as EpochMaker
from evenhand.ledger import LogAhead as LogAhead
from evenhand.ledger import LogDiffers as LogDiffers
from evenhand.ledger import NotTheMaker as NotTheMaker
from evenhand.ledger import Publication as Publication
from evenhand.ledger import Verification as Verification
from evenhand.ledger import opened_publication as opened_publication
from evenhand.pipeline.record.placing import anchor as anchor
from evenhand.pipeline.record.placing import make_epoch as make_epoch
from evenhand.pipeline.record.placing import place as place
from evenhand.pipeline.record.placing import sequence as sequence
from evenhand.pipeline.record.placing import tenants_to_sequence as tenants_to_sequence
from evenhand.pipeline.record.placing import verify as verify
