"""The emulator's tests: one file a guarantee, over real HTTP."""
