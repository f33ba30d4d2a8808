"""What a customer sees of everything that is held about them."""
