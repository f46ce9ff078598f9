"""What is particular to each exchange: how the server answers its clients, and what is sent of it."""
