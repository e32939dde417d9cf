"""Drive failing in every way that the emulator knows, at every endpoint."""
