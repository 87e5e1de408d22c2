"""Files that people bring: lines, rows and members, each whole or refused with its line.

Nothing here ends in an error because of one bad line: what cannot be read is given as a fault, with
the number of the physical line at which it begins, and reading goes on behind it. Only what makes
no sense as a whole, such as a file in an unknown encoding, is `UnreadableFile`.
"""

from evenhand.foundation.row_files.delimited import Row, Table, header_of
from evenhand.foundation.row_files.encodings import Encoding, UnreadableFile, encoding_of
from evenhand.foundation.row_files.members import Member, is_array, members_of
from evenhand.foundation.row_files.physical import LINE_BYTES_MAX, Line, lines_of

__all__ = [
    "Encoding",
    "LINE_BYTES_MAX",
    "Line",
    "Member",
    "Row",
    "Table",
    "UnreadableFile",
    "encoding_of",
    "header_of",
    "is_array",
    "lines_of",
    "members_of",
]
