"""How everything stands: the status document, the one verdict, and what is sent to screens as it changes."""
