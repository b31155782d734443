"""Exact Online to PostgreSQL: connection, extraction and administration registry.

Importing the package does nothing; only hook, operators, web and the registrar import Airflow.
"""
