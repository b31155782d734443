"""Figures read from the schema `marts` and from nothing else: the dashboards, and the proof for page and doctor."""
