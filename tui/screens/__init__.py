"""The screens: the frame they share, and one file for each."""
