"""A witness: remembers how far each log has come, and cosigns what goes on from there.

`Witness.add_checkpoint` is the rule of C2SP tlog-witness; what it must not forget lies in a
folder (`memory`), so that several processes may serve one witness. `following` asks a log for its
checkpoints where the log does not send them. There is no database.
"""

from evenhand.witness.cosigning import Answer as Answer
from evenhand.witness.cosigning import Witness as Witness
from evenhand.witness.following import Followed as Followed
from evenhand.witness.following import compare as compare
from evenhand.witness.following import follow_once as follow_once
from evenhand.witness.keeping import add_log as add_log
from evenhand.witness.keeping import logs_of as logs_of
from evenhand.witness.keeping import new_witness as new_witness
from evenhand.witness.keeping import opened as opened
