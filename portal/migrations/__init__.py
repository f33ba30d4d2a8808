"""Schema changes; `python -m portal.migrations "what changes"` writes the next one."""
