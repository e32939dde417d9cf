"""Faces: from a photo's bytes to the faces in it, and from faces to the people they belong to.

In a worker's process (`worker`): `formats`, `jpeg` and `exif` stand below `decode`; `models`, `detector` and `encoder`
below `engine`. Heavy libraries (dlib, onnxruntime, Pillow) are loaded there alone: the agent's own process imports
`workers`, `results`, `quality`, `rule`, `cluster` and `models`, which need numpy and no more.
"""
