"""The running hub: writer, board, viewers, presence, and what keeps them right."""
