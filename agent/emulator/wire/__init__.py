"""HTTP as bytes and connections: requests, answers, the link's pace and latency.

Apart from Drive's rules, so that a fault can cut, stall or bend any answer whatever made it.
"""
