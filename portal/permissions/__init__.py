"""Direct-marketing permissions and prohibitions of each customer."""
