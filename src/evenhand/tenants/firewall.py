"""The firewall between tenants, read from the catalogue: where it has a hole, and how to mend it."""
