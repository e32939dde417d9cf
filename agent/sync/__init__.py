"""Photos that arrive through Drive: sources, the change feed, downloads. One durable feed for all events."""
