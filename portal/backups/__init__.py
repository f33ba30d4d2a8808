"""The whole database in one encrypted file, putting it back, and the list of what must not come back with it."""
