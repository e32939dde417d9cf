"""Keys: which is pressed for what, how they wait for each other, and how a remedy names them."""
