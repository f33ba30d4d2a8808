"""Who may receive personal data, and what was given to whom."""
