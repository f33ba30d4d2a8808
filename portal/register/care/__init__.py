"""Serving a customer: who may speak for them, contacts with them, paper about them, and a protected address."""
