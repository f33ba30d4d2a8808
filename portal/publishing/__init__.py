"""Published cells: the only counts that statistics pages, charts, CSV and commands read."""
