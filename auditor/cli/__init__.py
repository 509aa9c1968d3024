"""The command line: one thin file per command. Parse, call, print."""
