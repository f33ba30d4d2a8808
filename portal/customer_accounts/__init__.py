"""A customer's account and what joins it to the register: activation, own contact details, closing it."""
