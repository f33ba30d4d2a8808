"""The customer register: what is held about each customer and how it is read, corrected and let out."""
