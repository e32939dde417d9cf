"""Google Drive as the rest of the agent sees it: calls, bytes, sign-in, and one state for everybody.

The one room that speaks HTTP with Google. It opens no store: what has to outlive a crash is handed in and out as plain
values. Whatever goes wrong leaves it as a `DriveError` (`errors.py`).
"""
