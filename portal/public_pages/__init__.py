"""Pages that anyone may read: front page, energy services, contact, accessibility statement."""
