"""What is heard on a channel besides voices, and how well: levels, quality, telephone tones, keys, music."""
