"""Taking the register in from the customer information system: lines, checks, plans, writing."""
