"""Anonymous usage counters: which pages are read and how visits go, by nobody in particular."""
