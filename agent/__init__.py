"""The agent: everything that happens to a photo between the card and a verified copy on Drive.

It knows nothing of terminals: the monitor and the commands see it through `agent.requests` alone.
"""

__version__ = "0.1.0"
