"""A Google Drive v3 server for one machine: real HTTP, real faults, nothing but loopback.

Why: everything the product promises is promised about Drive, and no promise can be tested against Google's own servers.
It imports nothing of the rest of the agent, so that it can be wrong only in its own ways.

Rooms: `wire` (HTTP and the link), `store` (what is kept), `api` (Drive's methods), `signin` (OAuth), `control` (its own
endpoints, faults and page); `front.py` puts one request through them, `server.py` runs it.
"""
