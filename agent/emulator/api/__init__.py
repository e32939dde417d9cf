"""Drive v3's methods, one module a family.

Each handler reads like the method's page in Google's reference.
"""
