"""One program for each client: it takes the stream from the flooding server, prints one line of JSON and ends."""
