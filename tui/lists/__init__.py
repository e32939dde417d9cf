"""Lists that a person walks through: the mark, pages from the ledger, and finding by typing."""
