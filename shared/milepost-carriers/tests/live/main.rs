//! Carriers' answers, read as a lookup reads them: each fixture is an answer with what must come of it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod calls;
mod damage;
mod described;
mod fixture;
mod fixtures;
