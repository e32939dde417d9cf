"""Uploads: brings Drive to what is wanted. A lane for folders, a queue for photos, ids kept before the first byte."""
