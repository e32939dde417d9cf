"""The service that runs a workspace all the time: what systemd or launchd is given to start it by, and hears of it."""
