"""What every part runs by: it is watched over, woken by topics, waits, and counts what it did."""
