"""Cookie choices: asking, recording, proving and withdrawing them."""
