"""The firewall between tenants, read from the catalogue: where the holes are."""
