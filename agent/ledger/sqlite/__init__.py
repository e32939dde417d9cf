"""The ledger's one file: opened and brought up to date, written by one thread, its rows read as records."""
