"""Outgoing mail: a transactional outbox and its transport."""
