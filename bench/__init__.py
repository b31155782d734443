"""Benchmarks: our load and our dbt models beside floors and peers, on the same pages. Run with `make bench`."""
