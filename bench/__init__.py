"""Benchmarks: Evenhand beside its peers and beside what PostgreSQL alone allows, in one run."""
