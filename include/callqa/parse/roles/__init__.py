"""Who is the agent, and how the speakers get on: roles, overlap, interruptions."""
