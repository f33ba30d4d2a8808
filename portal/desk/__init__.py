"""The clerk's page of one customer: what the whole portal knows, for ten seconds with a person on the phone."""
