"""OAuth: consent page, codes, tokens, devices.

Sign-in is tested as people do it, with no shortcut by hand.
"""
