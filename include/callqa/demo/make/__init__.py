"""How the demo model and the demo calls are made.

Everything is synthesised here: speech with espeak-ng, music, tones and vocal sounds with numpy.
Nothing of a third party enters the audio or the model.
"""
