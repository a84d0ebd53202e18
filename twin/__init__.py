"""A runnable stand-in for Jira Cloud: real history on a real socket, and misbehaviour on demand."""
