"""All that can be asked of an agent: one frozen class a verb or question, with its fields and the type of its answer.

The monitor, the commands and the API see the agent through `await agent.ask(request)` alone, the same in its own
process and over the socket. Answers are plain JSON values, so that both ends mean the same. Times inside the status
document and in what is about events are texts (`2026-11-20T22:14:07.123Z`); everywhere else they are seconds since 1970
in UTC.
"""
