"""The invented register and the demo accounts."""
