"""Tests of serving a customer: mandates, contacts, paper, protected addresses."""
