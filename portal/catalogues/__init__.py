"""Declarations the portal is driven by; they import nothing of ours but core."""
