"""Personal data in what was said: found, named, masked."""
