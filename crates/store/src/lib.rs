//! (placeholder header)
