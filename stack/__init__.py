"""The local stack: embedded PostgreSQL, Airflow under a small supervisor, and the demo on top of them.

Needs no Docker and no service of the machine. Everything it makes is below one state directory.
"""
