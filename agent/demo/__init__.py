"""A whole venue to look at, with drawn people.

Real photos have rights and owners; drawn guests can be shipped, shown and told apart anywhere.
"""
