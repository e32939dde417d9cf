"""All that can be asked of an agent: one frozen class a verb or question, with its fields and the type of its answer.

The monitor, the commands and the API see the agent through `await agent.ask(request)` alone, the same in its own
process and over the socket. Answers are plain JSON values, so that both ends mean the same. Every moment in them is a
text in UTC, `2026-11-20T22:14:07.123Z` (`agent.clock.iso`, and `from_iso` back); what lasts is told in seconds. Only
`taken_at` is another one: a photo's own time, by its camera's clock, whose zone is often not known and then not said.
"""
