"""The errors of answers that their task type cannot read, though they were proven once."""

import msgspec

# What reading raises where the task, or the answer, is not as it was taken: a fault of ours or of
# the disk. Whoever reads many answers sets that one aside, says so in the log, and goes on.
UNREADABLE = (AttributeError, LookupError, TypeError, ValueError, msgspec.MsgspecError)
