"""What the terminal remembers in databases: one writer, whole after a crash, understood by later versions."""
