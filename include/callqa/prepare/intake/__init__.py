"""Files → samples: containers, decoders, rates, every channel apart, in bounded memory."""
