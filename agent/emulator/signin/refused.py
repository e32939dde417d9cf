"""OAuth's refusals: an error's name, and words for people.

They look nothing like Drive's, and libraries decide by the name alone whether signing in again is due.
"""

from agent.emulator.wire.answer import Answer, json_answer


class Refused(Exception):
    """A refusal of the token endpoint or a neighbour of it; nothing was changed when it is raised."""

    def __init__(self, error: str, words: str = "", status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.words = words
        self.status = status

    def answer(self) -> Answer:
        body = {"error": self.error} | ({"error_description": self.words} if self.words else {})
        return json_answer(body, status=self.status)
