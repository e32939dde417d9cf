"""This machine's disk: whole files or none, folders that stay ours while others change them, what is mounted where."""
