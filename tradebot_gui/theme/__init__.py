"""Colours named by meaning, and the style sheet that uses the names."""
