"""A replica portal on loopback, for the first minute and for the tests."""
