"""Questions that need an answer: settings, about, data export."""
