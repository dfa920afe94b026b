//! Private PostgreSQL clusters for tests and measurements.
