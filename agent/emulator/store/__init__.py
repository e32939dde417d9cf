"""What the emulator keeps: metadata in SQLite, contents as files.

One room writes, so that what was answered is there after kill -9.
"""
