"""Photos and faces in a terminal: real pixels where it can, half blocks elsewhere, shades without colour."""
