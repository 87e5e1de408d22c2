"""One task at a time: is it settled, and whom to ask next."""
