"""Anonymous usage counters: which pages are read, in which language, and by nobody in particular."""
