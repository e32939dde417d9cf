"""Signing in to Google: by a browser somewhere, kept encrypted, and the access token made from it."""
