"""What screens are made of: a widget is found by the word that stands on the screen."""
