-- For wrk: a body of 64 KB (POSTED_BYTES in servers.py).
wrk.method = "POST"
wrk.body = string.rep("0123456789abcdef", 4096)
