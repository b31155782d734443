"""The chart of accounts of an administration: accounts, their roles, schemes and classifications.

`nl.txt` and `be.txt` hold the charts, `rgs.txt` the part of the Dutch reference chart they point to.
No amounts here.
"""
