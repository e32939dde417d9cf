"""What each request does, one file a noun: the agent as it is asked in its own process."""
