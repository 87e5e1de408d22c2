"""Two installations that differ only in what other tenants are and do, asked the same by one."""
