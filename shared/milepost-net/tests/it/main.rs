//! The crate against servers in process: HTTP, S3 and SQS by a scripted responder, FTP by libunftp and by a script, SFTP by russh.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

mod bucket;
mod exchange;
mod failing_steps;
mod ftp_real;
mod ftp_scripted;
mod ftps;
mod https;
mod queue;
mod s3_source;
mod sftp;
mod support;
mod toy;
