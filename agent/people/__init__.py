"""People: who is known in an event, and how somebody becomes known.

Intent goes to the roster, what follows from it to the ledger; the router and the queue carry it out like all else.
"""
