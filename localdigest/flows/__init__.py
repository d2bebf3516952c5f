"""The flows: generators without I/O that yield requests, receive completions and return drafts."""
