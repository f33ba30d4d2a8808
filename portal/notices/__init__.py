"""The privacy notice: its published versions and the pages that show them."""
