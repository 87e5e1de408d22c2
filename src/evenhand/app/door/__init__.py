"""The door of the server: what a connection may cost before anybody knows whose it is.

`connections` bounds connections and heads, `bodies` bounds time and speed of what follows them.
Who is calling is asked from the head alone, before a byte of the body is read.
"""
