//! How long tests run: in short, or, by `make soak`, long.

/// Whether the long form was asked for.
#[expect(
    clippy::disallowed_methods,
    reason = "a test has no options; `make soak` asks for more rounds this way"
)]
pub fn soak() -> bool {
    std::env::var_os("HUKUN_SOAK").is_some()
}

/// Whether what is printed is to be written down as it is now.
#[expect(
    clippy::disallowed_methods,
    reason = "a test has no options; `HUKUN_BLESS=1` asks for it"
)]
pub fn bless() -> bool {
    std::env::var_os("HUKUN_BLESS").is_some()
}
