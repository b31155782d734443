"""One module per page: its routes, and nothing that the commands need too."""
