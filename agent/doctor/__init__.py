"""What is well on this machine and at Drive, and what to do about the rest: one finding a line, each found in time.

Everything is only looked at. The one thing that is ever made is a trial photo, on an emulator or where somebody asked
for it, and that is deleted again.
"""
