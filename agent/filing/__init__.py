"""Filing: which photo belongs in which folder, and putting it there.

Why a photo lies where it does, and that it gets there exactly once, is decided and done in this room alone.
"""
