"""Faces: from a photo's bytes to the faces in it, and from faces to the people they belong to.

Heavy libraries (dlib, onnxruntime, Pillow) are loaded in the worker processes alone; the agent's own process
imports `workers`, `match`, `prominent`, `seen` and `faults`, which need numpy and no more.
"""
