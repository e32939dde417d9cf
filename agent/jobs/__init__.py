"""What is done now and then: full listings, tidying up at night, events that end. Safe to miss while asleep."""
