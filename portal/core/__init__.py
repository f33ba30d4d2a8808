"""What every layer stands on; knows neither HTTP nor features."""
