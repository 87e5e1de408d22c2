"""The verifier: what a public log and the receipts that somebody keeps are worth.

It reads files and believes none of them; it knows no database, and shares no code with what makes
decisions. Each check says what it looked at, and where one fails, what was found instead.
"""

from evenhand.verifier.checking import Report as Report
from evenhand.verifier.checking import check as check
from evenhand.verifier.page import page_of as page_of
from evenhand.verifier.receipts_file import ReceiptsFile as ReceiptsFile
from evenhand.verifier.receipts_file import read_receipts as read_receipts
from evenhand.verifier.stating import signing_key as signing_key
from evenhand.verifier.stating import statement_of as statement_of
from evenhand.verifier.transcripts import ALONE as ALONE
from evenhand.verifier.transcripts import Transcribed as Transcribed
from evenhand.verifier.transcripts import check_transcript as check_transcript
from evenhand.verifier.turns import OwnTurns as OwnTurns
from evenhand.verifier.turns import own_turns as own_turns
