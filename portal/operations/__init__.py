"""How the portal itself is doing: workers and their jobs, the outbox, checkpoints, health for load balancers."""
