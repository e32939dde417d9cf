"""What is to be told, and waits for its line or for the morning, says nothing of whoever is forgotten meanwhile."""

from __future__ import annotations

import json

from agent.handlers.status.notices import TOLD_PHOTOS, TOLD_SAFE
from agent.jobs.outbox import Letterbox
from agent.requests.people import ForgetPerson
from agent.workspace import Workspace
from tests.people.test_restored_roster import agent_in, enroll


async def test_it_is_sent_without_their_name_and_leaves_no_id_of_theirs(workspace: Workspace) -> None:
    """The name went out in the morning, and the id stood in the ledger again."""
    async with agent_in(workspace) as agent:
        mia, tom = await enroll(agent, "Mia", 1), await enroll(agent, "Tom", 2)
        box = agent._outbox._boxes["json://nobody.invalid"] = Letterbox("json://nobody.invalid")
        agent._outbox.post("new photos", "Mia: 3 photos\nTom: 2 photos", (TOLD_PHOTOS, json.dumps({mia: 3, tom: 2})))
        agent._outbox.post("new photos", "Mia: 1 photo")
        agent._outbox.post("safe to pack up", "All is on Drive.", (TOLD_SAFE, "5 1"))
        agent._outbox.post("try", "")
        assert (await agent.service.ask(ForgetPerson(person="Mia")))["waits"] == ""
        assert [(one.title, one.text, one.mark) for one in box.waiting] == [
            ("new photos", "Tom: 2 photos", None),
            ("safe to pack up", "All is on Drive.", (TOLD_SAFE, "5 1")),
            ("try", "", None),
        ]
