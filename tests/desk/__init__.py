"""Tests of the clerk's page of one customer."""
