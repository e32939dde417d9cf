"""`python -m tui.cli`: the command where it is not installed."""

from tui.cli import main

main()
