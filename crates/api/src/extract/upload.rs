//! An uploaded file: one part of a `multipart/form-data` body (RFC 7578), bounded in size and time.
//!
//! What is in it is the dialect's. Other parts are read over.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use domain::limits::{BULK_READ_MS_MAX, UPLOAD_BYTES_MAX};
use multer::{Constraints, Multipart, SizeLimit};

use crate::failure::Failure;

/// What goes beside the file: boundaries, heads, small fields.
const REST_BYTES_MAX: usize = 64 * 1024;

const NOT_MULTIPART: Failure =
    Failure::Malformed("Content-Type must be multipart/form-data with a boundary");

/// A file as it was sent.
pub(crate) struct Upload {
    pub(crate) file_name: Option<String>,
    pub(crate) bytes: Bytes,
}

/// The file in the part of this name; `None` without such a part.
pub(crate) async fn upload(
    headers: &HeaderMap,
    body: Body,
    part: &str,
) -> Result<Option<Upload>, Failure> {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(content_type), None) = (types.next(), types.next()) else {
        return Err(NOT_MULTIPART);
    };
    let content_type = content_type.to_str().map_err(|_| NOT_MULTIPART)?;
    let boundary = multer::parse_boundary(content_type).map_err(|_| NOT_MULTIPART)?;
    let (file, rest) = (UPLOAD_BYTES_MAX as u64, REST_BYTES_MAX as u64);
    let limits = SizeLimit::new()
        .whole_stream(file + rest)
        .per_field(file + 1);
    let constraints = Constraints::new().size_limit(limits);
    let parts = Multipart::with_constraints(body.into_data_stream(), boundary, constraints);
    let patience = Duration::from_millis(BULK_READ_MS_MAX);
    let found = tokio::time::timeout(patience, find(parts, part)).await;
    found.map_err(|_| Failure::BodyIncomplete)?
}

async fn find(mut parts: Multipart<'_>, wanted: &str) -> Result<Option<Upload>, Failure> {
    let mut found = None;
    while let Some(part) = parts.next_field().await.map_err(|error| failure(&error))? {
        let is_wanted = part.name() == Some(wanted);
        let file_name = part.file_name().map(str::to_owned);
        let bytes = part.bytes().await.map_err(|error| failure(&error))?;
        if bytes.len() > UPLOAD_BYTES_MAX {
            return Err(Failure::TooLarge);
        }
        if is_wanted && found.is_some() {
            return Err(Failure::Malformed("the body has two files"));
        }
        if is_wanted {
            found = Some(Upload { file_name, bytes });
        }
    }
    Ok(found)
}

fn failure(error: &multer::Error) -> Failure {
    match error {
        multer::Error::FieldSizeExceeded { .. } | multer::Error::StreamSizeExceeded { .. } => {
            Failure::TooLarge
        }
        multer::Error::StreamReadFailed(_) => Failure::BodyIncomplete,
        // The enum is open; whatever else there is, the caller wrote it.
        _ => Failure::Malformed("the body is not valid multipart/form-data"),
    }
}
