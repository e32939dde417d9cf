"""The ledger: what happened. Large, and rebuildable from disk, Drive, references and roster.

SQL stands in this room only, each query a named function that takes the connection first:
`await ledger.write(photos.record_photo, …)`, `await ledger.read(counts.photos)`.
"""

from agent.ledger.sqlite.store import Ledger

__all__ = ["Ledger"]
