"""Whole venues: real agents, a real Drive emulator, real files, and what goes wrong at a wedding."""
