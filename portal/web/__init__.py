"""HTTP plumbing every view shares; knows no feature."""
