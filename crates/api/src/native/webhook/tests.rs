//! The signature of Standard Webhooks' own example, and a secret that is none.

use super::*;

/// From the tests of its reference libraries.
#[test]
fn the_signature_is_that_of_the_reference() {
    let signature = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        r#"{"test": 2432232314}"#,
    );
    let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    assert_eq!(signature.as_deref(), Ok(expected));
}

#[test]
fn a_secret_that_is_no_key_signs_nothing() {
    let signature = sign("whsec_!", "msg", "1", "{}");
    assert_eq!(signature, Err(AppError::Internal));
}
