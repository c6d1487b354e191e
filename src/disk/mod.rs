//! Storage: append, sync, atomic replace, exclusive create, list, lock. Never what a byte means.
