//! The pages that need no key: what they are and what they are shown as. They are no routes of a dialect, so that the
//! tables of keys and tenancy have nothing to ask of them.

/// What a reader's browser asks for.
pub(crate) const PAGES: [(&str, &str); 14] = [
    ("/docs", "text/html; charset=utf-8"),
    ("/docs/style.css", "text/css; charset=utf-8"),
    ("/docs/autocalls", "text/html; charset=utf-8"),
    ("/docs/autocalls/openapi.json", "application/json"),
    ("/docs/nlpearl", "text/html; charset=utf-8"),
    ("/docs/nlpearl/openapi.json", "application/json"),
    ("/docs/journeybee", "text/html; charset=utf-8"),
    ("/docs/journeybee/openapi.json", "application/json"),
    ("/docs/dialnexa", "text/html; charset=utf-8"),
    ("/docs/dialnexa/openapi.json", "application/json"),
    ("/docs/uservox", "text/html; charset=utf-8"),
    ("/docs/uservox/openapi.json", "application/json"),
    ("/docs/leadbook", "text/html; charset=utf-8"),
    ("/docs/leadbook/openapi.json", "application/json"),
];
