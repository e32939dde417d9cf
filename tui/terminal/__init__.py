"""The terminal: what it can show, how its line may drop, how a screen at fault leaves it, and the desktop around it."""
