"""The emulator's own endpoints: faults, outages, counts, and its page for people.

A test says here what goes wrong, and reads here what came in.
"""
