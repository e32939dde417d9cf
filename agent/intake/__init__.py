"""Intake: what lies in the incoming folders, when it is whole, and what it is.

Everything else begins with a path from here: nothing is handed on half written, and nothing that arrived is missed.
"""
