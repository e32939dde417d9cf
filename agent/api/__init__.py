"""The control API: an agent over HTTP on a UNIX socket, with live events, for monitors, commands and scripts."""
