"""The rows of the table: every endpoint is one."""
