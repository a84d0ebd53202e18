"""Each service as its callers meet it: real sockets, real stubs, real stores."""
