"""Where things happen: fetching, planning, nights and the command line."""
