//! Use case: a carrier's file into the table.
//!
//! 1. an order of the queue names a connection, or a file given by hand ([`ImportOrder`])
//! 2. the run takes the connection's lease and asks the ledger which files are new (`run`)
//! 3. each file is streamed: source, decompression, charset, records, layout (`file`); one that a carrier's server would
//!    have to send again from its beginning goes through the hub's bucket (`spool`)
//! 4. what is too old, misdated or of no parcel is refused (`rules`)
//! 5. events wait in the window for more of their parcel, and leave as bundles (`window`, `commit`)
//! 6. of a file that was sent again, what the table has already is left out (`sieve`)
//! 7. events first, checkpoint second: a crash between the two repeats rows, and the set makes repetition free
//! 8. counts, rejects and outcome are the run's report
//!
//! It knows neither HTTP nor the environment, and it reads the clock through [`Importer::now`] alone. Memory is a
//! budget: one row, one window, four batches in flight, eight parcels that are compared.

mod commit;
mod error;
mod file;
mod function;
mod importer;
mod notice;
mod order;
mod pieces;
mod plan;
mod rejects;
mod resume;
mod rows;
mod rules;
mod run;
mod schedule;
mod settings;
mod sieve;
mod spool;
mod tally;
mod trial;
mod window;

pub use error::ImportError;
pub use importer::{Importer, layout};
pub use notice::ObjectNotice;
pub use order::{FileOrder, ImportOrder, Message};
pub use rows::{MappedRow, Rows};
pub use run::Step;
pub use schedule::Scheduler;
pub use settings::Settings;
