"""Transparency logs as the C2SP specifications define them, for all who write or check one.

`tree` proves, `note`, `checkpoint` and `signatures` say who vouches for what, `tiles` names the
files. A log is written by `writer` into a `store`, read by `reading` from a folder or a URL
(`sources`), and checked as a whole by `verification`. `policy` says whom to trust, `proof` is
what an outsider keeps, `witnessing` what logs and witnesses say to each other.

Nothing here knows of a database, a web framework or a clock.
"""
