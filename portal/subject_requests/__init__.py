"""Requests of data subjects: from any channel to a lawful answer in time."""
