"""A local Exact Online: OAuth, OData, limits and books that balance, for demonstrations and tests.

It answers as the real one is known to answer. It shares no code with the pipeline and knows nothing about it.
"""
