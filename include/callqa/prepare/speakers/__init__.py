"""Who speaks when, where several share one channel."""
