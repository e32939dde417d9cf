"""What an agent is made of: its stores opened, what was lost learned anew, its parts built."""
