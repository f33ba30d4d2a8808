"""People who sign in: accounts, sessions, remembered devices, second factor."""
