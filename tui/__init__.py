"""What people see: the commands and the monitor."""
