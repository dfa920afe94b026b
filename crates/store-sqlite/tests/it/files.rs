//! What is true of a file that is not true of every store.
