"""The first evening: a workspace, a sign-in and the first guest, led through on the screen."""
