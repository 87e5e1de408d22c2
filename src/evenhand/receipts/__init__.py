"""Evenhand's own formats of the public record, for those who write it and those who check it.

An `epoch` is a leaf of the public log; its `blinded_map` commits to all private logs that moved;
a receipt leads from an event through both to a checkpoint that others have cosigned. A `statement`
says what somebody found who checked it. What C2SP has specifications for is in `tlog`. Nothing here
knows of a database.
"""
