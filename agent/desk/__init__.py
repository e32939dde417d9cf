"""The desk: what people can see of the agent and ask of it, from one place."""
